/** The page's elements: found by id with their type checked, or made; text only ever goes in as text. */

type Child = Node | string;

interface Attributes {
  readonly class?: string;
  readonly title?: string;
  readonly hidden?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly aria?: Readonly<Record<string, string>>;
}

/** The element with this id; a missing or different one is a fault of the page, so it throws. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new TypeError(`no ${type.name} with id ${id}`);
  return element;
}

/** Make an element; strings become text nodes, so markup in a name stays text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (attributes.class !== undefined) element.className = attributes.class;
  if (attributes.title !== undefined) element.title = attributes.title;
  if (attributes.hidden !== undefined) element.hidden = attributes.hidden;
  for (const [name, value] of Object.entries(attributes.data ?? {})) element.dataset[name] = value;
  for (const [name, value] of Object.entries(attributes.aria ?? {}))
    element.setAttribute(`aria-${name}`, value);
  element.append(...children);
  return element;
}

/** Make a button. */
export function makeButton(
  label: string,
  onClick: () => void,
  attributes: Attributes = {},
): HTMLButtonElement {
  const button = make("button", attributes, label);
  button.type = "button";
  button.addEventListener("click", onClick);
  return button;
}

/** Make an input with a visible or hidden label around it. */
export function makeInput(
  type: string,
  label: string,
  { value, hideLabel = false }: { value: string; hideLabel?: boolean },
  onInput: (input: HTMLInputElement) => void,
): { input: HTMLInputElement; label: HTMLLabelElement } {
  const input = make("input");
  input.type = type;
  input.value = value;
  input.addEventListener("input", () => onInput(input));
  const text = make("span", hideLabel ? { class: "visually-hidden" } : {}, label);
  return { input, label: make("label", {}, text, input) };
}
