/** Open files as ImageJ does, without a window: java DrawWithImageJ.java IN OUT [IN OUT ...]; OUT-FRAME.png. */
import ij.ImagePlus;
import ij.io.Opener;
import java.awt.image.BufferedImage;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

class DrawWithImageJ {
  public static void main(String[] paths) throws Exception {
    for (int at = 0; at < paths.length; at += 2) {
      ImagePlus image = null;
      try {
        image = new Opener().openImage(paths[at]);
      } catch (RuntimeException error) {
        // Told below.
      }
      if (image == null) {
        Files.writeString(Path.of(paths[at + 1] + ".refused"), "ImageJ opens no image");
        continue;
      }
      for (int frame = 1; frame <= image.getStackSize(); frame++) {
        image.setSlice(frame);
        BufferedImage picture = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        picture.createGraphics().drawImage(image.getProcessor().createImage(), 0, 0, null);
        ImageIO.write(picture, "png", new File(paths[at + 1] + "-" + frame + ".png"));
      }
    }
  }
}
