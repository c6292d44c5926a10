/** Draw files as PixelMed's viewer does, without a window: java DrawWithPixelMed.java IN OUT [IN OUT ...]; OUT-FRAME.png. */
import com.pixelmed.dicom.AttributeList;
import com.pixelmed.display.SingleImagePanel;
import com.pixelmed.display.SourceImage;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

class DrawWithPixelMed {
  static class Panel extends SingleImagePanel {
    /** The frame that is first in the order is the one that is shown. */
    Panel(SourceImage source, int[] order) {
      super(source, null, order, null, null, null);
      setSize(source.getWidth(), source.getHeight());
    }

    void paintOn(BufferedImage picture) {
      paintComponent(picture.createGraphics());
    }
  }

  public static void main(String[] paths) throws Exception {
    for (int at = 0; at < paths.length; at += 2) {
      try {
        draw(new File(paths[at]), paths[at + 1]);
      } catch (Exception error) {
        Files.writeString(Path.of(paths[at + 1] + ".refused"), error.getClass().getSimpleName());
      }
    }
  }

  private static void draw(File file, String out) throws Exception {
    AttributeList list = new AttributeList();
    list.read(file);
    SourceImage source = new SourceImage(list);
    int frames = source.getNumberOfFrames();
    for (int frame = 0; frame < frames; frame++) {
      int[] order = new int[frames];
      for (int index = 0; index < frames; index++) order[index] = (index + frame) % frames;
      BufferedImage picture = new BufferedImage(source.getWidth(), source.getHeight(), BufferedImage.TYPE_INT_RGB);
      new Panel(source, order).paintOn(picture);
      ImageIO.write(picture, "png", new File(out + "-" + (frame + 1) + ".png"));
    }
  }
}
