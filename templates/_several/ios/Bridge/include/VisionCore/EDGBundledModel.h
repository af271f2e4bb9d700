// The models that came with the app, of which one is shown at a time.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

/// One of them. `EDGModelInfo` is about the one that was chosen last, and about the first before any was.
__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(BundledModel) NS_SWIFT_SENDABLE
@interface EDGBundledModel : NSObject

/// The first is shown at first.
@property(class, nonatomic, readonly, copy) NSArray<EDGBundledModel *> *all;

@property(nonatomic, readonly, copy) NSString *name;
/// Where its files lie, below those of the first one; empty: it is the first.
@property(nonatomic, readonly, copy) NSString *folder;
/// By class index.
@property(nonatomic, readonly, copy) NSArray<NSString *> *classNames;
/// Which points of a pose are joined by a line: two numbers for each line, its ends. Empty: nobody said.
@property(nonatomic, readonly, copy) NSArray<NSNumber *> *skeleton;
/// As `EDGModelInfo.precision`.
@property(nonatomic, readonly, copy) NSString *precision;

/// From here on `EDGModelInfo`, and every detector and self-check, is about this model. Let go of every detector and
/// of what it gave before: their numbers would be another model's.
- (void)choose;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
