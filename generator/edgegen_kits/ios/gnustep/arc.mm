// The functions that Clang calls for ARC, on GNUstep's reference counts. Compiled without ARC.
#include "arc.h"

#include <Block.h>
#import <Foundation/Foundation.h>

#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

extern "C" {
extern void *_NSConcreteStackBlock[];
extern void *_NSConcreteGlobalBlock[];
extern void *_NSConcreteMallocBlock[];
}

namespace {

// In GCC's runtime, blocks are not objects.
bool is_block(id object) {
  const void *const isa = *reinterpret_cast<void **>(object);
  return isa == _NSConcreteStackBlock || isa == _NSConcreteGlobalBlock || isa == _NSConcreteMallocBlock;
}

// Never destroyed, because objects are deallocated after the static destructors have run.
struct WeakReferences {
  std::recursive_mutex mutex;
  std::unordered_map<id, std::unordered_set<id *>> places;
  IMP dealloc = nullptr;  // NSObject's own
};

WeakReferences &weak() {
  static auto *const references = new WeakReferences;
  return *references;
}

using Lock = std::lock_guard<std::recursive_mutex>;

void dealloc_and_forget(id self, SEL selector) {
  {
    const Lock lock(weak().mutex);
    const auto found = weak().places.find(self);
    if (found != weak().places.end()) {
      for (id *const place : found->second) *place = nil;
      weak().places.erase(found);
    }
  }
  reinterpret_cast<void (*)(id, SEL)>(weak().dealloc)(self, selector);
}

id *at(id object, std::ptrdiff_t offset) { return reinterpret_cast<id *>(reinterpret_cast<char *>(object) + offset); }

}  // namespace

namespace arc {

void forget_weak_references_on_dealloc() {
  if (weak().dealloc != nullptr) return;
  const Method dealloc = class_getInstanceMethod(objc_getClass("NSObject"), @selector(dealloc));
  weak().dealloc = method_setImplementation(dealloc, reinterpret_cast<IMP>(dealloc_and_forget));
}

}  // namespace arc

extern "C" {

// --- strong references ---

id objc_retain(id object) {
  if (object == nil) return nil;
  return is_block(object) ? static_cast<id>(_Block_copy(object)) : [object retain];
}

void objc_release(id object) {
  if (object == nil) return;
  is_block(object) ? _Block_release(object) : [object release];
}

id objc_retainBlock(id block) { return block != nil ? static_cast<id>(_Block_copy(block)) : nil; }

id objc_autorelease(id object) { return object == nil || is_block(object) ? object : [object autorelease]; }

id objc_retainAutorelease(id object) { return objc_autorelease(objc_retain(object)); }

// Apple's runtime skips the autorelease pool if caller and callee cooperate. Here they do not.
id objc_autoreleaseReturnValue(id object) { return objc_autorelease(object); }
id objc_retainAutoreleaseReturnValue(id object) { return objc_retainAutorelease(object); }
id objc_retainAutoreleasedReturnValue(id object) { return objc_retain(object); }
id objc_unsafeClaimAutoreleasedReturnValue(id object) { return object; }

void objc_storeStrong(id *place, id object) {
  const id old = *place;
  *place = objc_retain(object);
  objc_release(old);
}

void *objc_autoreleasePoolPush() { return [[NSAutoreleasePool alloc] init]; }
void objc_autoreleasePoolPop(void *pool) { [static_cast<NSAutoreleasePool *>(pool) release]; }

// --- properties ---

id objc_getProperty(id self, SEL, std::ptrdiff_t offset, BOOL atomic) {
  const id object = *at(self, offset);
  return atomic ? objc_retainAutorelease(object) : object;
}

void objc_setProperty_nonatomic(id self, SEL, id object, std::ptrdiff_t offset) {
  objc_storeStrong(at(self, offset), object);
}

void objc_setProperty_nonatomic_copy(id self, SEL, id object, std::ptrdiff_t offset) {
  id *const place = at(self, offset);
  const id old = *place;
  *place = object == nil || is_block(object) ? objc_retainBlock(object) : [object copy];
  objc_release(old);
}

void objc_setProperty_atomic(id self, SEL selector, id object, std::ptrdiff_t offset) {
  @synchronized(self) {
    objc_setProperty_nonatomic(self, selector, object, offset);
  }
}

void objc_setProperty_atomic_copy(id self, SEL selector, id object, std::ptrdiff_t offset) {
  @synchronized(self) {
    objc_setProperty_nonatomic_copy(self, selector, object, offset);
  }
}

// --- weak references ---

id objc_initWeak(id *place, id object) {
  const Lock lock(weak().mutex);
  *place = object;
  if (object != nil) weak().places[object].insert(place);
  return object;
}

void objc_destroyWeak(id *place) {
  const Lock lock(weak().mutex);
  const auto found = weak().places.find(*place);
  if (found != weak().places.end()) found->second.erase(place);
  *place = nil;
}

id objc_storeWeak(id *place, id object) {
  const Lock lock(weak().mutex);
  objc_destroyWeak(place);
  return objc_initWeak(place, object);
}

id objc_loadWeakRetained(id *place) {
  const Lock lock(weak().mutex);
  return objc_retain(*place);
}

id objc_loadWeak(id *place) { return objc_autorelease(objc_loadWeakRetained(place)); }

void objc_copyWeak(id *to, id *from) {
  const Lock lock(weak().mutex);
  objc_initWeak(to, *from);
}

void objc_moveWeak(id *to, id *from) {
  const Lock lock(weak().mutex);
  objc_initWeak(to, *from);
  objc_destroyWeak(from);
}

}  // extern "C"
