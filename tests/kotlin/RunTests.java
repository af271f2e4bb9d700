import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.internal.TextListener;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;

/**
 * Runs a project's tests for own_tests.py, with class loaders of their own: a warm JVM needs a fifth of the time. Each
 * line on standard input names a file with the vectors' folder, the class path, and the names of the classes. The answer
 * is a line with exit code and length, then the report.
 */
final class RunTests {
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String file = requests.readLine(); file != null; file = requests.readLine()) {
      ByteArrayOutputStream said = new ByteArrayOutputStream();
      boolean passed;
      try (PrintStream report = new PrintStream(said, true, StandardCharsets.UTF_8)) {
        System.setOut(report);
        List<String> request = Files.readAllLines(Path.of(file));
        passed = run(request.get(0), request.get(1), request.subList(2, request.size()), report);
      }
      answers.print((passed ? 0 : 1) + " " + said.size() + "\n");
      answers.flush();
      said.writeTo(answers);
      answers.flush();
    }
  }

  private static boolean run(String vectors, String classPath, List<String> names, PrintStream report)
      throws Exception {
    System.setProperty("vectors", vectors);
    String[] places = classPath.split(File.pathSeparator);
    URL[] urls = new URL[places.length];
    for (int i = 0; i < places.length; ++i) urls[i] = new File(places[i]).toURI().toURL();
    try (URLClassLoader loader = new URLClassLoader(urls, RunTests.class.getClassLoader())) {
      Class<?>[] classes = new Class<?>[names.size()];
      for (int i = 0; i < classes.length; ++i) classes[i] = loader.loadClass(names.get(i));
      JUnitCore core = new JUnitCore();
      core.addListener(new TextListener(report));
      Result result = core.run(classes);
      return result.wasSuccessful();
    }
  }
}
