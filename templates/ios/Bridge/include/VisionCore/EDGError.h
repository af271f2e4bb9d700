// What can go wrong. Every failure of the bridge is an NSError of this domain; no exception leaves it.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

// clang-format off: it does not know NS_SWIFT_NAME in an enumeration

FOUNDATION_EXPORT NSErrorDomain const EDGErrorDomain;

/// `localizedDescription` says what is wrong, with the value; `localizedRecoverySuggestion` what to do next.
typedef NS_ERROR_ENUM(EDGErrorDomain, EDGError) {
  /// The model's file is not there or cannot be read.
  EDGErrorModelUnreadable NS_SWIFT_NAME(modelUnreadable) = 1,
  /// A model, but not one that this app can use: other inputs or outputs.
  EDGErrorModelNotExpected NS_SWIFT_NAME(modelNotExpected) = 2,
  /// The model's file is cut off, changed, or another one: its SHA-256 is not the expected one.
  EDGErrorModelDamaged NS_SWIFT_NAME(modelDamaged) = 3,
  /// A backend that the model needs is not linked into the app.
  EDGErrorBackendMissing NS_SWIFT_NAME(backendMissing) = 4,
  /// An operator that the model needs is not linked into the app.
  EDGErrorOperatorMissing NS_SWIFT_NAME(operatorMissing) = 5,
  /// There is not enough memory.
  EDGErrorOutOfMemory NS_SWIFT_NAME(outOfMemory) = 6,
  /// The runtime cannot prepare or run the model.
  EDGErrorRuntimeFailure NS_SWIFT_NAME(runtimeFailure) = 7,
  /// A picture without pixels, with rows shorter than its width, or of an unknown format.
  EDGErrorInvalidImage NS_SWIFT_NAME(invalidImage) = 8,
  /// A threshold outside its range, or not a number.
  EDGErrorInvalidThresholds NS_SWIFT_NAME(invalidThresholds) = 9,
  /// The golden vectors are not there, cut off, or of another layout.
  EDGErrorVectorsUnreadable NS_SWIFT_NAME(vectorsUnreadable) = 10,
  /// The model was made for another release of ExecuTorch than the one in the app.
  EDGErrorModelOfOtherRelease NS_SWIFT_NAME(modelOfOtherRelease) = 11,
} NS_SWIFT_NAME(DetectorError);
// clang-format on

NS_ASSUME_NONNULL_END
