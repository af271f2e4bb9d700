// A library for LD_PRELOAD that hides AVX-512 and AMX: the processor's own code then runs as on most laptops.
//
// Linux makes CPUID fail in this process (arch_prctl(2), on Intel since Ivy Bridge). The handler of that signal answers
// without the bits. Only in Python and the app, which are measured: compilers have a handler of their own. The library
// is linked to be initialised before all others (-z initfirst), so that none of them asks earlier.
#include <cpuid.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

namespace {

constexpr int kArchSetCpuid = 0x1012;
constexpr int kFailed = 3;  // the exit code of the benchmarks
constexpr unsigned char kCpuid[] = {0x0f, 0xa2};
constexpr std::uint32_t kFeatures = 7, kState = 0xd;  // leaves of CPUID

constexpr std::uint32_t bits(std::initializer_list<int> places) {
  std::uint32_t all = 0;
  for (const int place : places) all |= std::uint32_t{1} << place;
  return all;
}

// Leaf 7: AVX-512 F, DQ, IFMA, PF, ER, CD, BW, VL; VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ; 4VNNIW, 4FMAPS, VP2INTERSECT,
// FP16 and AMX's BF16, TILE, INT8. Its subleaf 1: BF16 and AMX-FP16.
constexpr std::uint32_t kEbx = bits({16, 17, 21, 26, 27, 28, 30, 31}), kEcx = bits({1, 6, 11, 12, 14}),
                        kEdx = bits({2, 3, 8, 22, 23, 24, 25}), kSubleafEax = bits({5, 21});
constexpr std::uint32_t kStatesOfAvx = bits({0, 1, 2});  // x87, SSE, AVX

bool trap_cpuid(bool trapped) { return syscall(SYS_arch_prctl, kArchSetCpuid, trapped ? 0UL : 1UL) == 0; }

void answer(int number, siginfo_t*, void* context) {
  greg_t* registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const auto* code = reinterpret_cast<const unsigned char*>(registers[REG_RIP]);
  if (code[0] != kCpuid[0] || code[1] != kCpuid[1]) {
    signal(number, SIG_DFL);  // a real fault: it comes again, and ends the process
    return;
  }
  const auto leaf = static_cast<std::uint32_t>(registers[REG_RAX]);
  const auto subleaf = static_cast<std::uint32_t>(registers[REG_RCX]);
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
  trap_cpuid(false);
  __cpuid_count(leaf, subleaf, eax, ebx, ecx, edx);
  trap_cpuid(true);
  if (leaf == kFeatures && subleaf == 0) {
    ebx &= ~kEbx;
    ecx &= ~kEcx;
    edx &= ~kEdx;
  }
  if (leaf == kFeatures && subleaf == 1) eax &= ~kSubleafEax;
  if (leaf == kState && subleaf == 0) eax &= kStatesOfAvx;
  registers[REG_RAX] = eax;
  registers[REG_RBX] = ebx;
  registers[REG_RCX] = ecx;
  registers[REG_RDX] = edx;
  registers[REG_RIP] += static_cast<greg_t>(sizeof(kCpuid));
}

bool is_measured(const char* program) {
  const char* slash = std::strrchr(program, '/');
  const char* name = slash == nullptr ? program : slash + 1;
  return std::strncmp(name, "python", 6) == 0 || std::strcmp(name, "app") == 0;
}

__attribute__((constructor)) void hide(int, char** arguments) {
  if (!is_measured(arguments[0])) return;
  struct sigaction action = {};
  action.sa_sigaction = answer;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  if (sigaction(SIGSEGV, &action, nullptr) == 0 && trap_cpuid(true)) return;
  std::perror("AVX-512 cannot be hidden on this machine");
  std::_Exit(kFailed);
}

}  // namespace
