// The pictures of the golden vectors.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(GoldenPicture) NS_SWIFT_SENDABLE
@interface EDGGoldenPicture : NSObject

/// In pixels.
@property(nonatomic, readonly) NSInteger width;
@property(nonatomic, readonly) NSInteger height;
/// Upright, 3 bytes a pixel, rows without padding.
@property(nonatomic, readonly, copy) NSData *rgb;
/// The number of boxes that PyTorch found; 0 for tasks without boxes.
@property(nonatomic, readonly) NSInteger detectionCount;

- (instancetype)init NS_UNAVAILABLE;

@end

/// The folder. Pictures are read one by one, because they may be large. Not thread-safe.
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

@end

NS_ASSUME_NONNULL_END
