// Included before each file of the bridge on Linux: declarations of Apple's Foundation that GNUstep 1.28 lacks.
#pragma once

#import <Foundation/Foundation.h>

// GCC's objc.h writes these with casts, which ARC rejects for non-objects (NSError **, blocks).
#undef nil
#define nil __null
#undef Nil
#define Nil __null
#undef YES
#define YES __objc_yes
#undef NO
#define NO __objc_no

#undef NS_UNAVAILABLE
#define NS_UNAVAILABLE __attribute__((unavailable))
#ifndef NS_SWIFT_NAME
#define NS_SWIFT_NAME(name) __attribute__((swift_name(#name)))
#endif
#ifndef NS_SWIFT_SENDABLE
#define NS_SWIFT_SENDABLE __attribute__((swift_attr("@Sendable")))
#endif
#ifndef NS_ERROR_ENUM
#define NS_ERROR_ENUM(domain, name) NS_ENUM(NSInteger, name)
#endif
#ifndef NS_NOESCAPE
#define NS_NOESCAPE __attribute__((noescape))
#endif
#ifndef NS_RETURNS_INNER_POINTER
#define NS_RETURNS_INNER_POINTER __attribute__((objc_returns_inner_pointer))
#endif

typedef NSString *NSErrorDomain;
typedef NSString *NSErrorUserInfoKey;
