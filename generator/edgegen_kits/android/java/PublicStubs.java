import static org.objectweb.asm.Opcodes.*;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Type;

/**
 * Writes a jar to compile against: the classes of an Android framework, with public members only and without code.
 *
 * <p>Arguments: the framework's jar; a file with the public names (`a/b/C`, `a/b/C field`, `a/b/C method count`), one per
 * line; a jar with stubs of an older API, for java.* and other classes that the framework's jar lacks; the jar to write.
 * Newer members of java.* come from this JDK, if they are in the list.
 */
final class PublicStubs {
  private static final long TIME = 315532800000L; // constant, so that equal input gives equal bytes
  private static final int SHOWN = ACC_PUBLIC | ACC_PROTECTED;

  private final Set<String> names = new HashSet<>();
  private final Map<String, Set<String>> hiddenParents = new HashMap<>();
  private final Map<String, byte[]> written = new TreeMap<>();

  public static void main(String[] arguments) throws IOException {
    PublicStubs stubs = new PublicStubs();
    for (String line : Files.readAllLines(Path.of(arguments[1]))) {
      stubs.names.add(line);
    }
    try (ZipFile framework = new ZipFile(arguments[0]); ZipFile base = new ZipFile(arguments[2])) {
      stubs.addNames(base);
      stubs.addFramework(framework);
      stubs.addBase(base);
    }
    try (ZipOutputStream jar = new ZipOutputStream(Files.newOutputStream(Path.of(arguments[3])))) {
      for (Map.Entry<String, byte[]> each : stubs.written.entrySet()) {
        ZipEntry entry = new ZipEntry(each.getKey() + ".class");
        entry.setTime(TIME);
        jar.putNextEntry(entry);
        jar.write(each.getValue());
      }
    }
  }

  /** Adds the names of older stubs, because the list lacks whole packages. */
  private void addNames(ZipFile base) throws IOException {
    for (var entries = base.entries(); entries.hasMoreElements(); ) {
      String name = entries.nextElement().getName().replace(".class", "");
      names.add(name);
      read(bytes(base, name))
          .accept(
              new ClassVisitor(ASM9) {
                @Override
                public FieldVisitor visitField(int access, String field, String type, String generic, Object value) {
                  names.add(name + " " + field);
                  return null;
                }

                @Override
                public MethodVisitor visitMethod(
                    int access, String method, String type, String generic, String[] thrown) {
                  names.add(name + " " + named(method, type));
                  return null;
                }
              },
              FLAGS);
    }
  }

  private void addFramework(ZipFile framework) throws IOException {
    Deque<String> waiting = new ArrayDeque<>();
    for (String name : names) {
      if (!name.contains(" ") && framework.getEntry(name + ".class") != null) {
        waiting.add(name);
      }
    }
    // Hidden superclasses of public classes have public members too.
    Set<String> done = new HashSet<>();
    Deque<String> ordered = new ArrayDeque<>();
    while (!waiting.isEmpty()) {
      String name = waiting.remove();
      if (!done.add(name)) {
        continue;
      }
      ordered.add(name);
      for (String parent : parents(read(bytes(framework, name)))) {
        if (!names.contains(parent) && framework.getEntry(parent + ".class") != null) {
          Set<String> heirs = hiddenParents.computeIfAbsent(parent, ignored -> new HashSet<>());
          heirs.add(name);
          heirs.addAll(hiddenParents.getOrDefault(name, Set.of()));
          for (String each = parent; !each.isEmpty(); each = each.substring(0, Math.max(0, each.lastIndexOf('$')))) {
            waiting.add(each); // the compiler finds a nested class only through its outer classes
          }
        }
      }
    }
    for (String name : ordered) {
      ClassWriter writer = new ClassWriter(0);
      read(bytes(framework, name)).accept(new Stub(writer, name), FLAGS);
      written.put(name, writer.toByteArray());
    }
  }

  private void addBase(ZipFile base) throws IOException {
    for (var entries = base.entries(); entries.hasMoreElements(); ) {
      String name = entries.nextElement().getName().replace(".class", "");
      if (written.containsKey(name)) {
        continue;
      }
      byte[] content = bytes(base, name);
      byte[] newer = name.startsWith("java/") ? ofThisJdk(name) : null;
      written.put(name, newer == null ? content : merged(name, content, newer));
    }
    for (String name : names) {
      byte[] newer =
          name.contains(" ") || !name.startsWith("java/") || written.containsKey(name) ? null : ofThisJdk(name);
      if (newer != null) {
        ClassWriter writer = new ClassWriter(0);
        read(newer).accept(new Stub(writer, name), FLAGS);
        written.put(name, writer.toByteArray());
      }
    }
  }

  /** Adds to an older stub the listed members that it lacks. */
  private byte[] merged(String name, byte[] older, byte[] newer) {
    Set<String> had = new HashSet<>(overriddenWithAnotherResult(newer));
    ClassWriter writer = new ClassWriter(0);
    read(older)
        .accept(
            new ClassVisitor(ASM9, writer) {
              @Override
              public FieldVisitor visitField(int access, String field, String type, String generic, Object value) {
                had.add(field);
                return super.visitField(access, field, type, generic, value);
              }

              @Override
              public MethodVisitor visitMethod(
                  int access, String method, String type, String generic, String[] thrown) {
                had.add(named(method, type));
                return super.visitMethod(access, method, type, generic, thrown);
              }

              @Override
              public void visitEnd() {
                read(newer)
                    .accept(
                        new Stub(null, name) {
                          @Override
                          public FieldVisitor visitField(
                              int access, String field, String type, String generic, Object value) {
                            return null;
                          }

                          @Override
                          public MethodVisitor visitMethod(
                              int access, String method, String type, String generic, String[] thrown) {
                            if (had.contains(named(method, type)) || method.equals("<init>")
                                || !isListed(access, named(method, type))) {
                              return null;
                            }
                            return bodiless(
                                writer.visitMethod(access & ~ACC_NATIVE, method, type, generic, thrown), access);
                          }
                        },
                        FLAGS);
                super.visitEnd();
              }
            },
            0);
    return writer.toByteArray();
  }

  /** Returns the methods that override one of a wider result type. Android's class files have none of these. */
  private static Set<String> overriddenWithAnotherResult(byte[] content) {
    Set<String> found = new HashSet<>();
    read(content)
        .accept(
            new ClassVisitor(ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String method, String type, String generic, String[] thrown) {
                if ((access & ACC_BRIDGE) != 0) {
                  found.add(named(method, type));
                }
                return null;
              }
            },
            FLAGS);
    return found;
  }

  private static final int FLAGS = ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG | ClassReader.SKIP_FRAMES;

  private static ClassReader read(byte[] content) {
    return new ClassReader(content);
  }

  private static byte[] bytes(ZipFile jar, String name) throws IOException {
    try (InputStream stream = jar.getInputStream(jar.getEntry(name + ".class"))) {
      return stream.readAllBytes();
    }
  }

  private static byte[] ofThisJdk(String name) throws IOException {
    try (InputStream stream = ClassLoader.getSystemResourceAsStream(name + ".class")) {
      return stream == null ? null : stream.readAllBytes();
    }
  }

  private static Set<String> parents(ClassReader reader) {
    Set<String> found = new HashSet<>(Set.of(reader.getInterfaces()));
    if (reader.getSuperName() != null) {
      found.add(reader.getSuperName());
    }
    return found;
  }

  private static String named(String method, String type) {
    return method + " " + Type.getArgumentTypes(type).length;
  }

  private static MethodVisitor bodiless(MethodVisitor visitor, int access) {
    return new MethodVisitor(ASM9, visitor) {
      @Override
      public void visitEnd() {
        if ((access & ACC_ABSTRACT) == 0) {
          visitCode();
          visitInsn(ACONST_NULL);
          visitInsn(ATHROW);
          visitMaxs(2, 255);
        }
        super.visitEnd();
      }
    };
  }

  /** Visits only the listed members of a class. */
  private class Stub extends ClassVisitor {
    private final String name;
    private final Set<String> listedFor = new HashSet<>();
    private boolean isEnum;

    Stub(ClassVisitor next, String name) {
      super(ASM9, next);
      this.name = name;
      listedFor.add(name);
      listedFor.addAll(hiddenParents.getOrDefault(name, Set.of()));
    }

    boolean isListed(int access, String member) {
      if ((access & SHOWN) == 0 || (access & ACC_SYNTHETIC) != 0) {
        return false;
      }
      return listedFor.stream().anyMatch(each -> names.contains(each + " " + member));
    }

    @Override
    public void visit(int version, int access, String name, String generic, String parent, String[] interfaces) {
      isEnum = (access & ACC_ENUM) != 0;
      super.visit(V1_8, access & ~ACC_RECORD, name, generic, parent, interfaces);
    }

    @Override
    public void visitPermittedSubclass(String permitted) {}

    @Override
    public void visitNestHost(String host) {}

    @Override
    public void visitNestMember(String member) {}

    @Override
    public void visitOuterClass(String owner, String method, String type) {}

    @Override
    public FieldVisitor visitField(int access, String field, String type, String generic, Object value) {
      return isListed(access, field) ? super.visitField(access, field, type, generic, value) : null;
    }

    @Override
    public MethodVisitor visitMethod(int access, String method, String type, String generic, String[] thrown) {
      boolean ofEnum = isEnum && (method.equals("values") || method.equals("valueOf"));
      if (!ofEnum && !isListed(access, named(method, type))) {
        return null;
      }
      return bodiless(super.visitMethod(access & ~ACC_NATIVE, method, type, generic, thrown), access);
    }
  }
}
