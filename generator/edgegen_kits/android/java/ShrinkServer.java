import com.android.tools.r8.CompilationFailedException;
import com.android.tools.r8.R8;
import com.android.tools.r8.R8Command;
import com.android.tools.r8.origin.Origin;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs R8 repeatedly in one JVM. Each line on standard input names a file with R8's arguments, one per line. The answer
 * is a line with exit code and length, then the messages.
 */
final class ShrinkServer {
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String file = requests.readLine(); file != null; file = requests.readLine()) {
      ByteArrayOutputStream said = new ByteArrayOutputStream();
      int code = 0;
      try (PrintStream messages = new PrintStream(said, true, StandardCharsets.UTF_8)) {
        System.setOut(messages);
        System.setErr(messages);
        try {
          String[] words = Files.readAllLines(Path.of(file)).toArray(new String[0]);
          R8.run(R8Command.parse(words, Origin.unknown()).build());
        } catch (CompilationFailedException e) {
          code = 1;
          messages.println(e.getMessage());
        }
      }
      answers.print(code + " " + said.size() + "\n");
      answers.flush();
      said.writeTo(answers);
      answers.flush();
    }
  }
}
