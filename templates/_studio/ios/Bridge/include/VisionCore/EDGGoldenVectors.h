// Golden vectors: a few pictures, and what PyTorch finds in them.
#import <Foundation/Foundation.h>

#import <VisionCore/EDGDetectionResult.h>
#import <VisionCore/EDGThresholds.h>

NS_ASSUME_NONNULL_BEGIN

/// One picture, and what PyTorch finds in it.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(GoldenPicture) NS_SWIFT_SENDABLE
@interface EDGGoldenPicture : NSObject

@property(nonatomic, readonly, copy) NSString *name;
/// In pixels.
@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// Upright, 3 bytes a pixel, rows without padding.
@property(nonatomic, readonly, copy) NSData *rgb;
/// What PyTorch was asked for.
@property(nonatomic, readonly) EDGThresholds *thresholds;
/// What PyTorch shows; without times, and without how many candidates there were.
@property(nonatomic, readonly) EDGDetectionResult *shown;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

/// A folder of them. Pictures are read one by one: they may be large. Not thread-safe.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(GoldenVectors) @interface EDGGoldenVectors : NSObject

@property(nonatomic, readonly) NSInteger pictureCount;

/// - Parameter path: The folder that holds index.json.
///
/// Fails with `EDGErrorVectorsUnreadable` or `EDGErrorOutOfMemory`.
- (nullable instancetype)initWithPath:(NSString *)path
                                error:(NSError **)error NS_DESIGNATED_INITIALIZER NS_SWIFT_NAME(init(path:));

/// - Parameter index: From 0 to `pictureCount` - 1.
///
/// Fails with `EDGErrorVectorsUnreadable` or `EDGErrorOutOfMemory`.
- (nullable EDGGoldenPicture *)pictureAtIndex:(NSInteger)index error:(NSError **)error NS_SWIFT_NAME(picture(at:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
