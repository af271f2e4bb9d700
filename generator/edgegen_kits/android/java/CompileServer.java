import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/**
 * Compiles Kotlin repeatedly in one JVM: after the first run it is several times faster. Each line on standard input
 * names a file with the compiler's arguments. The answer is a line with exit code and length, then the messages.
 */
final class CompileServer {
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err);
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String file = requests.readLine(); file != null; file = requests.readLine()) {
      ByteArrayOutputStream said = new ByteArrayOutputStream();
      ExitCode code;
      try (PrintStream messages = new PrintStream(said, true, StandardCharsets.UTF_8)) {
        code = new K2JVMCompiler().exec(messages, "@" + file);
      }
      answers.print(code.getCode() + " " + said.size() + "\n");
      answers.flush();
      said.writeTo(answers);
      answers.flush();
    }
  }
}
