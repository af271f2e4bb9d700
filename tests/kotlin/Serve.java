import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.function.BiFunction;

/**
 * Runs cores for jvm.py: a class path begins a session with the core found there, and what follows is for the session,
 * until it is told to end. Run from its source, as `java Serve.java`.
 */
final class Serve {
  public static void main(String[] arguments) throws Exception {
    DataInputStream input = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
    DataOutputStream output = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 20));
    try {
      while (true) run(input.readUTF(), input, output);
    } catch (EOFException e) {
      // The other end has what it wanted.
    }
  }

  private static void run(String classPath, DataInputStream input, DataOutputStream output) throws Exception {
    String[] places = classPath.split(File.pathSeparator);
    URL[] urls = new URL[places.length];
    for (int i = 0; i < places.length; ++i) urls[i] = new File(places[i]).toURI().toURL();
    try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
      @SuppressWarnings("unchecked")
      BiFunction<DataInputStream, DataOutputStream, Boolean> session =
          (BiFunction<DataInputStream, DataOutputStream, Boolean>)
              loader.loadClass("harness.Session").getDeclaredConstructor().newInstance();
      while (session.apply(input, output)) {}
    }
  }
}
