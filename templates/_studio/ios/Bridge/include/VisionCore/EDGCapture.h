// What became of one picture at every stage, for `edgegen explain`.
#import <Foundation/Foundation.h>

#import <VisionCore/EDGDetectionResult.h>

NS_ASSUME_NONNULL_BEGIN

/// Kept by a detector; it holds the picture, the model's input and its outputs.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(DetectorCapture) @interface EDGCapture : NSObject

/// What was found in the picture.
@property(nonatomic, readonly) EDGDetectionResult *result;

/// A tar archive of at most 10 MB. Nothing of where the picture was made or lies is in it.
///
/// - Parameters:
///   - shown: What the app has left of what was found, by the numbers of the detections or classes. A map is number 0.
///   - added: How many things the app shows beside those: it has moved them, or they are its own.
///   - device: In words.
///   - metadataPath: The model's file metadata.yaml.
///
/// Fails with `EDGErrorModelUnreadable` where there is no such file, `EDGErrorInvalidImage` for a number that nothing
/// found has and for less than nothing added, or `EDGErrorOutOfMemory`.
- (nullable NSData *)archiveWithShown:(NSArray<NSNumber *> *)shown
                                added:(NSInteger)added
                               device:(NSString *)device
                         metadataPath:(NSString *)metadataPath
                                error:(NSError **)error NS_SWIFT_NAME(archive(shown:added:device:metadataPath:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
