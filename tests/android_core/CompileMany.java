import java.nio.file.Files;
import java.nio.file.Path;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/**
 * One compiler for many compilations, most of whose time is the start of the first one. Each line of the file named is
 * one: the compiler's arguments, split at tabs. Run from its source, with the compiler on the class path.
 */
final class CompileMany {
  public static void main(String[] arguments) throws Exception {
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      ExitCode code = new K2JVMCompiler().exec(System.err, line.split("\t"));
      if (code != ExitCode.OK) System.exit(1);
    }
  }
}
