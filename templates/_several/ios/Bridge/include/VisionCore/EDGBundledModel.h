// The models of the app. One is used at a time.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// `EDGModelInfo` describes the chosen model, at the start the first.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(BundledModel) NS_SWIFT_SENDABLE
@interface EDGBundledModel : NSObject

/// The first is shown at the start.
@property(class, nonatomic, readonly, copy) NSArray<EDGBundledModel *> *all;

@property(nonatomic, readonly, copy) NSString *name;
/// The folder of its files. Empty for the first model.
@property(nonatomic, readonly, copy) NSString *folder;
/// By class index.
@property(nonatomic, readonly, copy) NSArray<NSString *> *classNames;
/// The two keypoint indices of each line. Empty if unknown.
@property(nonatomic, readonly, copy) NSArray<NSNumber *> *skeleton;
/// As `EDGModelInfo.precision`.
@property(nonatomic, readonly, copy) NSString *precision;

/// New detectors, self-checks and `EDGModelInfo` use this model. Release every detector and its results first.
- (void)choose;

- (instancetype)init NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
