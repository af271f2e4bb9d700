import Foundation

/// Whether what a finger does over the picture is a drag: not while two pinch, nor what is left of that. One value;
/// whatever happens makes another one of it.
struct Fingers: Equatable, Sendable {
    enum Event: Equatable, Sendable {
        case pinched
        case released
        /// A finger that came down there has moved.
        case dragged(from: CGPoint)
    }

    private var isPinching = false
    private var dragged: CGPoint?
    private var pinched: CGPoint?

    var isDrag: Bool { dragged != nil && dragged != pinched }

    func after(_ event: Event) -> Fingers {
        var next = self
        switch event {
        case .pinched: (next.isPinching, next.pinched) = (true, dragged)
        case .released: next.isPinching = false
        case .dragged(let start):
            next.dragged = start
            if isPinching { next.pinched = start }
        }
        return next
    }
}
