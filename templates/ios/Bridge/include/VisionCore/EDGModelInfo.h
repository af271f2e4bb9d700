// The constants of Core/model_info.h.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(ModelInfo) @interface EDGModelInfo : NSObject

@property(class, nonatomic, readonly, copy) NSString *appName;
@property(class, nonatomic, readonly, copy) NSString *modelName;
@property(class, nonatomic, readonly, copy) NSString *task;
/// Such as "float32".
@property(class, nonatomic, readonly, copy) NSString *precision;
/// Of the weights.
@property(class, nonatomic, readonly, copy) NSString *license;
/// "raw": the app decodes the logits; "decoded": the model does.
@property(class, nonatomic, readonly, copy) NSString *contract;
/// Of model.pte, 64 hexadecimal digits.
@property(class, nonatomic, readonly, copy) NSString *modelSHA256;
/// The release of ExecuTorch that exported the model; empty: unknown.
@property(class, nonatomic, readonly, copy) NSString *exporterVersion;
/// The release of ExecuTorch in the app.
@property(class, nonatomic, readonly, copy) NSString *runtimeVersion;
@property(class, nonatomic, readonly, copy) NSString *edgegenVersion;
/// Of the model's input, in pixels.
@property(class, nonatomic, readonly) NSInteger inputWidth;
@property(class, nonatomic, readonly) NSInteger inputHeight;
/// By class index.
@property(class, nonatomic, readonly, copy) NSArray<NSString *> *classNames;
/// The shown class indices; empty: all.
@property(class, nonatomic, readonly, copy) NSArray<NSNumber *> *keptClasses;
/// 0 for models without keypoints.
@property(class, nonatomic, readonly) NSInteger keypointCount;
/// The two keypoint indices of each limb; empty: unknown.
@property(class, nonatomic, readonly, copy) NSArray<NSNumber *> *skeleton;
/// The backends that the model needs, such as "XnnpackBackend".
@property(class, nonatomic, readonly, copy) NSArray<NSString *> *backends;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
