/** What this plug-in uses of OHIF 3 and cornerstone3D: types only, each as narrow as its use. */

export interface Services {
  readonly viewportGridService: {
    readonly EVENTS: Readonly<Record<string, string>>;
    getActiveViewportId(): string | null;
    subscribe(event: string, callback: () => void): Subscription;
  };
  readonly cornerstoneViewportService: { getCornerstoneViewport(id: string): Viewport | null | undefined };
  readonly panelService: {
    readonly EVENTS: Readonly<Record<string, string>>;
    readonly PanelPosition: Readonly<Record<"Right", string>>;
    addPanel(position: string, panelId: string): void;
    getPanels(position: string): readonly { readonly name: string }[];
    subscribe(event: string, callback: (event: { readonly position: string }) => void): Subscription;
  };
  readonly segmentationService: SegmentationService;
  readonly displaySetService: {
    readonly EVENTS: Readonly<Record<string, string>>;
    subscribe(event: string, callback: () => void): Subscription;
    getDisplaySetsForSeries(seriesInstanceUid: string): readonly DisplaySet[];
  };
  readonly userAuthenticationService: {
    getAuthorizationHeader(): Readonly<Record<string, string>> | undefined;
  };
}

export interface Subscription {
  unsubscribe(): void;
}

export interface DisplaySet {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly imageIds?: readonly string[];
  /** OHIF's name for the images of a set differs by kind and version. */
  readonly instances?: readonly { readonly SOPInstanceUID: string }[];
  readonly images?: readonly { readonly SOPInstanceUID: string }[];
}

export interface Segment {
  readonly segmentIndex: number;
  readonly label: string;
}

export interface Segmentation {
  readonly segmentationId: string;
  readonly label: string;
  readonly segments: Readonly<Record<number, Segment>>;
  readonly representationData: Readonly<
    Record<string, { readonly imageIds?: readonly string[]; readonly volumeId?: string } | undefined>
  >;
}

export interface SegmentRepresentation {
  readonly segmentationId: string;
  readonly type: string;
  readonly visible: boolean;
  readonly segments: Readonly<Record<number, { readonly visible: boolean }>>;
}

export interface SegmentationService {
  readonly EVENTS: Readonly<Record<string, string>>;
  subscribe(event: string, callback: () => void): Subscription;
  getSegmentation(segmentationId: string): Segmentation | undefined;
  getSegmentationRepresentations(viewportId: string): readonly SegmentRepresentation[];
  createLabelmapForDisplaySet(
    displaySet: DisplaySet,
    options: { readonly label: string; readonly segments: Readonly<Record<number, object>> },
  ): Promise<string>;
  addSegmentationRepresentation(
    viewportId: string,
    options: { readonly segmentationId: string; readonly type?: string },
  ): Promise<void>;
  setSegmentColor(
    viewportId: string,
    segmentationId: string,
    segment: number,
    color: readonly number[],
  ): void;
}

/** A stack or volume viewport of cornerstone3D. */
export interface Viewport {
  readonly id: string;
  readonly type: string;
  readonly element: HTMLDivElement;
  getCurrentImageId?(): string | undefined;
  getImageData?():
    | { readonly imageData?: { indexToWorld(index: readonly number[]): ArrayLike<number> } }
    | undefined;
  getCamera(): { readonly viewPlaneNormal?: ArrayLike<number>; readonly focalPoint?: ArrayLike<number> };
  worldToCanvas(world: readonly number[]): ArrayLike<number>;
}

export interface ImagePlane {
  readonly imagePositionPatient?: ArrayLike<number>;
  readonly rowCosines?: ArrayLike<number>;
  readonly columnCosines?: ArrayLike<number>;
  readonly rowPixelSpacing?: number | null;
  readonly columnPixelSpacing?: number | null;
  readonly sliceThickness?: number | null;
}

/** What OHIF's own reading of the metadata says about an instance. */
export interface InstanceMetadata {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly SOPInstanceUID: string;
}

export interface LabelImage {
  readonly imageId: string;
  readonly referencedImageId?: string;
  readonly rows: number;
  readonly columns: number;
  /** The label of each pixel, in place: what is written into it is seen at the next rendering. */
  readonly voxelManager: { getScalarData(): Uint8Array | Uint16Array | Int16Array | Float32Array };
}

export interface Cornerstone {
  readonly Enums: {
    readonly Events: Readonly<Record<"ELEMENT_ENABLED" | "IMAGE_RENDERED" | "ELEMENT_DISABLED", string>>;
  };
  readonly eventTarget: EventTarget;
  readonly cache: {
    getImage(imageId: string): LabelImage | undefined;
    getVolume(volumeId: string): { readonly imageIds?: readonly string[] } | undefined;
  };
  readonly metaData: {
    get(type: "instance", imageId: string): InstanceMetadata | undefined;
    get(type: "imagePlaneModule", imageId: string): ImagePlane | undefined;
  };
  getRenderingEngines(): readonly { getViewports(): readonly Viewport[] }[];
}

export interface CornerstoneTools {
  readonly segmentation: {
    readonly triggerSegmentationEvents: { triggerSegmentationDataModified(segmentationId: string): void };
  };
}

export interface DataSource {
  getConfig?(): {
    readonly name?: string;
    readonly wadoRoot?: string;
    readonly qidoRoot?: string;
    readonly stowRoot?: string;
  };
  deleteStudyMetadataPromise?(study: string): void;
  readonly retrieve: {
    readonly series: {
      metadata(query: { readonly StudyInstanceUID: string; readonly filters?: object }): Promise<unknown>;
    };
  };
}

export interface ExtensionManager {
  getActiveDataSource(): readonly DataSource[];
  getModuleEntry(id: string): { readonly exports?: unknown; readonly component?: unknown } | undefined;
}

/** What OHIF hands to an extension. */
export interface OhifApp {
  readonly servicesManager: { readonly services: Services };
  readonly extensionManager: ExtensionManager;
}

/** Return cornerstone3D as OHIF itself runs it; a second copy would have a cache of its own. */
export function cornerstoneOf(extensions: ExtensionManager): {
  readonly cornerstone: Cornerstone;
  readonly cornerstoneTools: CornerstoneTools;
} {
  const entry = extensions.getModuleEntry("@ohif/extension-cornerstone.utilityModule.common");
  const common = entry?.exports as
    | { getCornerstoneLibraries(): { cornerstone: Cornerstone; cornerstoneTools: CornerstoneTools } }
    | undefined;
  if (common === undefined) throw new Error("OHIF's cornerstone extension is not there.");
  return common.getCornerstoneLibraries();
}
