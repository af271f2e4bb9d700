// Registers classes with GCC's runtime that Clang compiled for GNUstep's own (-fobjc-runtime=gnustep-1.9, the oldest
// with ARC). Debian builds GNUstep for GCC's. Linked with --wrap=__objc_exec_class, which every module calls when it
// is loaded.
//
// Compiled without ARC, with -fobjc-runtime=gcc.
#import <Foundation/Foundation.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>

#include "arc.h"

namespace {

// The structures that Clang writes. They begin with the fields of GCC's.
struct Ivar {
  const char *name, *type;
  int offset;
};
struct IvarList {
  int count;
  Ivar list[1];
};
struct ProtocolList;
struct ProtocolOfModule {
  void *isa;
  const char *name;
  ProtocolList *protocols;
};
struct ProtocolList {
  ProtocolList *next;
  std::size_t count;
  ProtocolOfModule *list[1];
};
struct ClassOfModule {
  ClassOfModule *isa;
  const char *super_name, *name;
  long version;
  unsigned long info;
  long instance_size;
  IvarList *ivars;
  void *methods, *dispatch_table, *subclasses, *siblings;
  ProtocolList *protocols;
  void *gc_object_type;
  long abi_version;
  int **ivar_offsets;
};
struct CategoryOfModule {
  const char *name, *class_name;
  void *instance_methods, *class_methods;
  ProtocolList *protocols;
};
struct SymbolTable {
  unsigned long selector_count;
  void *selectors;
  unsigned short class_count, category_count;
  void *definitions[1];
};
struct Module {
  unsigned long version, size;
  const char *name;
  SymbolTable *symbols;
};

constexpr unsigned long kGccVersion = 8, kGccModuleSize = 4 * sizeof(void *);
constexpr unsigned long kClassOrMetaclass = 3;        // the bits of `info` that GCC's runtime knows
constexpr long kMetaclassSize = 13 * sizeof(void *);  // of GCC's class structure, which is shorter than Clang's
void *const kClangProtocol = reinterpret_cast<void *>(3), *const kGccProtocol = reinterpret_cast<void *>(2);

void convert_protocols(ProtocolList *list) {
  for (; list != nullptr; list = list->next) {
    for (std::size_t i = 0; i < list->count; ++i) {
      if (list->list[i]->isa != kClangProtocol) continue;
      list->list[i]->isa = kGccProtocol;
      convert_protocols(list->list[i]->protocols);
    }
  }
}

// The instance sizes of the converted classes, which the runtime may not have registered yet.
std::map<std::string, long> &instance_sizes() {
  static auto *const sizes = new std::map<std::string, long>;
  return *sizes;
}

long instance_size_of(const char *name) {
  const auto converted = instance_sizes().find(name);
  if (converted != instance_sizes().end()) return converted->second;
  return static_cast<long>(class_getInstanceSize(objc_getClass(name)));
}

// Moves a class's instance variables behind those of its superclass. Clang lays them out from 0, with a negative size.
void convert_class(ClassOfModule *converted, const SymbolTable &symbols) {
  if (instance_sizes().count(converted->name) > 0) return;
  for (int i = 0; converted->super_name != nullptr && i < symbols.class_count; ++i) {
    auto *const other = static_cast<ClassOfModule *>(symbols.definitions[i]);
    if (std::strcmp(other->name, converted->super_name) == 0) convert_class(other, symbols);
  }
  converted->info &= kClassOrMetaclass;
  converted->isa->info &= kClassOrMetaclass;
  converted->isa->instance_size = kMetaclassSize;
  convert_protocols(converted->protocols);
  if (converted->instance_size <= 0) {
    const long start = converted->super_name != nullptr ? instance_size_of(converted->super_name) : 0;
    converted->instance_size = start - converted->instance_size;
    for (int i = 0; converted->ivars != nullptr && i < converted->ivars->count; ++i) {
      Ivar &ivar = converted->ivars->list[i];
      ivar.offset += static_cast<int>(start);
      if (converted->ivar_offsets != nullptr && converted->ivar_offsets[i] != nullptr)
        *converted->ivar_offsets[i] = ivar.offset;
    }
  }
  instance_sizes()[converted->name] = converted->instance_size;
}

}  // namespace

extern "C" {

void __real___objc_exec_class(Module *module);

void __wrap___objc_exec_class(Module *module) {
  if (module->version > kGccVersion) {
    const SymbolTable &symbols = *module->symbols;
    for (int i = 0; i < symbols.class_count; ++i) {
      convert_class(static_cast<ClassOfModule *>(symbols.definitions[i]), symbols);
    }
    for (int i = 0; i < symbols.category_count; ++i) {
      convert_protocols(static_cast<CategoryOfModule *>(symbols.definitions[symbols.class_count + i])->protocols);
    }
    module->version = kGccVersion;
    module->size = kGccModuleSize;
  }
  __real___objc_exec_class(module);
  arc::forget_weak_references_on_dealloc();
}

// --- message sends: Clang asks for a slot, GCC's runtime gives the method ---

struct Slot {
  Class owner, cached_for;
  const char *types;
  int version;
  IMP method;
};

IMP objc_msg_lookup(id, SEL);
IMP objc_msg_lookup_super(struct objc_super *, SEL);

Slot *objc_msg_lookup_sender(id *receiver, SEL selector, id) {
  static thread_local Slot slot;
  slot.method = objc_msg_lookup(*receiver, selector);
  return &slot;
}

Slot *objc_slot_lookup_super(struct objc_super *super, SEL selector) {
  static thread_local Slot slot;
  slot.method = objc_msg_lookup_super(super, selector);
  return &slot;
}

Class gs_object_getClass(id object) { return object != nil ? object->class_pointer : Nil; }

// C++ exceptions pass Objective-C++ frames as they pass C++ ones.
int __gxx_personality_v0(...);
#if defined(__x86_64__)
__attribute__((naked)) int __gnustep_objcxx_personality_v0() { asm("jmp __gxx_personality_v0@PLT"); }
#elif defined(__aarch64__)
__attribute__((naked)) int __gnustep_objcxx_personality_v0() { asm("b __gxx_personality_v0"); }
#endif

}  // extern "C"
