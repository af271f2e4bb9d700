import Foundation

/// What notifications say, one after the other, as values that may cross actors; before them `first`, if any. The
/// observers stay as long as the app.
enum NotificationStream {
    static func make<Value: Sendable>(
        of names: [Notification.Name], object: AnyObject? = nil, first: Value? = nil,
        value: @escaping @Sendable (Notification) -> Value?
    ) -> AsyncStream<Value> {
        let (stream, continuation) = AsyncStream.makeStream(of: Value.self)
        if let first { continuation.yield(first) }
        for name in names {
            _ = NotificationCenter.default.addObserver(forName: name, object: object, queue: nil) { notification in
                if let value = value(notification) { continuation.yield(value) }
            }
        }
        return stream
    }
}
