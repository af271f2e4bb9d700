// What the app knows of its model: the constants of Core/model_info.h.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(ModelInfo) @interface EDGModelInfo : NSObject

@property(class, nonatomic, readonly, copy) NSString *appName;
@property(class, nonatomic, readonly, copy) NSString *modelName;
@property(class, nonatomic, readonly, copy) NSString *task;
/// How the weights are stored, such as "float32".
@property(class, nonatomic, readonly, copy) NSString *precision;
/// Of the weights.
@property(class, nonatomic, readonly, copy) NSString *license;
/// "raw": the app turns logits into boxes; "decoded": the model does.
@property(class, nonatomic, readonly, copy) NSString *contract;
/// Of model.pte, 64 hexadecimal digits.
@property(class, nonatomic, readonly, copy) NSString *modelSHA256;
/// The ExecuTorch that wrote the model; empty: unknown.
@property(class, nonatomic, readonly, copy) NSString *exporterVersion;
/// The ExecuTorch that the app is built with.
@property(class, nonatomic, readonly, copy) NSString *runtimeVersion;
@property(class, nonatomic, readonly, copy) NSString *edgegenVersion;
/// Of the model's input, in pixels.
@property(class, nonatomic, readonly) NSInteger inputWidth;
@property(class, nonatomic, readonly) NSInteger inputHeight;
/// By class index.
@property(class, nonatomic, readonly, copy) NSArray<NSString *> *classNames;
/// The class indices that are shown; empty: all.
@property(class, nonatomic, readonly, copy) NSArray<NSNumber *> *keptClasses;
/// The points of a pose; 0: the model knows none.
@property(class, nonatomic, readonly) NSInteger keypointCount;
/// Which of these points are joined by a line: two numbers for each line, its ends. Empty: nobody said.
@property(class, nonatomic, readonly, copy) NSArray<NSNumber *> *skeleton;
/// What the model needs of the runtime, such as "XnnpackBackend".
@property(class, nonatomic, readonly, copy) NSArray<NSString *> *backends;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
