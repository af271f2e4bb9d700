// From a picture in memory to the objects in it.
#import <Foundation/Foundation.h>

#import <VisionCore/EDGCapture.h>
#import <VisionCore/EDGDetectionResult.h>
#import <VisionCore/EDGImage.h>
#import <VisionCore/EDGThresholds.h>

NS_ASSUME_NONNULL_BEGIN

/// Not thread-safe: use it on one thread, queue or actor at a time. Pictures are read where they lie and never copied:
/// keep a pixel buffer locked until `detect` returns.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(Detector) @interface EDGDetector : NSObject

/// From the next picture on.
@property(nonatomic, strong) EDGThresholds *thresholds;
/// Whether what becomes of a picture at every stage is kept, from the next one on. Such a picture whose PNG has more
/// than 6 MB is looked at at half of its size.
@property(nonatomic) BOOL keepsCapture;
/// Of the picture that was looked at last; none: it was not kept.
@property(nonatomic, readonly, nullable) EDGCapture *capture;
/// How many threads the model runs on.
@property(nonatomic, readonly) NSInteger threadCount;

/// Loads the model and runs it once, since the first run is the slow one: some 100 ms, not for the main thread.
///
/// The number of threads belongs to the whole process: while a detector is there, another one with another number fails
/// with `EDGErrorRuntimeFailure`.
///
/// - Parameters:
///   - modelPath: The file model.pte.
///   - threads: 1 to 64; 0: as many as ExecuTorch thinks best.
///   - allClasses: Also those that `EDGModelInfo.keptClasses` leaves out.
///
/// Fails with `EDGErrorModelUnreadable`, `..ModelNotExpected`, `..ModelDamaged`,
/// `..ModelOfOtherRelease`, `..BackendMissing`, `..OperatorMissing`, `..OutOfMemory` or `..RuntimeFailure`.
- (nullable instancetype)initWithModelPath:(NSString *)modelPath
                                   threads:(NSInteger)threads
                                allClasses:(BOOL)allClasses
                                     error:(NSError **)error NS_DESIGNATED_INITIALIZER
    NS_SWIFT_NAME(init(modelPath:threads:allClasses:));

/// Finds the objects in a picture of one plane.
///
/// - Parameters:
///   - bytes: The first pixel of the first stored row.
///   - width: Of the stored picture, in pixels; at least 1.
///   - height: As width.
///   - bytesPerRow: From one stored row to the next, padding included.
///   - pixelFormat: How a pixel is stored.
///   - orientation: How the stored rows have to be turned to be upright.
///
/// Fails with `EDGErrorInvalidImage`, `EDGErrorOutOfMemory` or `EDGErrorRuntimeFailure`.
- (nullable EDGDetectionResult *)detectBytes:(const void *)bytes
                                       width:(NSInteger)width
                                      height:(NSInteger)height
                                 bytesPerRow:(NSInteger)bytesPerRow
                                 pixelFormat:(EDGPixelFormat)pixelFormat
                                 orientation:(EDGImageOrientation)orientation
                                       error:(NSError **)error
    NS_SWIFT_NAME(detect(bytes:width:height:bytesPerRow:pixelFormat:orientation:));

/// Finds what the thresholds that hold now let pass in the picture that was looked at last, without running the model
/// again: only the boxes' time is taken anew.
///
/// Fails with `EDGErrorRuntimeFailure` before the first picture.
- (nullable EDGDetectionResult *)detectAgainWithError:(NSError **)error NS_SWIFT_NAME(detectAgain());

/// Finds the objects in a picture of two planes: luma, and Cb and Cr side by side at half the width and height, rounded
/// up (`kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange` and `..FullRange`).
///
/// - Parameters:
///   - luma: The first byte of the first row of luma.
///   - lumaBytesPerRow: From one row of luma to the next, padding included.
///   - chroma: The first byte of the first row of chroma.
///   - chromaBytesPerRow: From one row of chroma to the next, padding included.
///   - width: Of the stored picture, in pixels; at least 1.
///   - height: As width.
///   - encoding: What the bytes mean.
///   - orientation: How the stored rows have to be turned to be upright.
///
/// Fails with `EDGErrorInvalidImage`, `EDGErrorOutOfMemory` or `EDGErrorRuntimeFailure`.
- (nullable EDGDetectionResult *)detectLuma:(const void *)luma
                            lumaBytesPerRow:(NSInteger)lumaBytesPerRow
                                     chroma:(const void *)chroma
                          chromaBytesPerRow:(NSInteger)chromaBytesPerRow
                                      width:(NSInteger)width
                                     height:(NSInteger)height
                                   encoding:(EDGYCbCrEncoding)encoding
                                orientation:(EDGImageOrientation)orientation
                                      error:(NSError **)error
    NS_SWIFT_NAME(detect(luma:lumaBytesPerRow:chroma:chromaBytesPerRow:width:height:encoding:orientation:));

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
