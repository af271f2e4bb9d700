// All stages of one detection, for `edgegen explain`.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

@class EDGDetectionResult;

/// The picture, the model's input and its outputs.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectorCapture) @interface EDGCapture : NSObject

/// The result.
@property(nonatomic, readonly) EDGDetectionResult *result;

/// A tar archive of at most 10 MB, without the picture's location and file name.
///
/// - Parameters:
///   - shown: The indices of the detections or classes that the app shows unchanged, in display order.
///     A map has index 0.
///   - added: How many detections the app shows that were moved or added.
///   - device: The name of the device.
///   - metadataPath: The model's metadata.yaml.
///
/// Fails with `EDGErrorModelUnreadable` without this file, `EDGErrorInvalidImage` for an unknown index or a negative
/// count, or `EDGErrorOutOfMemory`.
- (nullable NSData *)archiveWithShown:(NSArray<NSNumber *> *)shown
                                added:(NSInteger)added
                               device:(NSString *)device
                         metadataPath:(NSString *)metadataPath
                                error:(NSError **)error NS_SWIFT_NAME(archive(shown:added:device:metadataPath:));

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
