import Foundation

/// Yours: the result processors, in the order in which they run. README.md has an example.
enum ResultProcessors {
    static func make() -> [any ResultProcessor] {
        []
    }
}
