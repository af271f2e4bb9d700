import Foundation

/// A touched place in shares of the picture's width and height: it stays the same in the next frame and in any view.
struct TouchedPlace: Equatable, Sendable {
    /// From the left, 0 to 1.
    let x: Double
    /// From the top, 0 to 1.
    let y: Double

    static let middle = TouchedPlace(x: 0.5, y: 0.5)

    /// In pixels of a picture of this size.
    func pixel(in picture: CGSize) -> CGPoint {
        CGPoint(x: x * picture.width, y: y * picture.height)
    }
}

extension TouchedPlace {
    /// The place at a point of the view; nil outside the picture.
    init?(at point: CGPoint, in mapping: PictureMapping) {
        guard let share = mapping.share(at: point), (0..<1).contains(share.x), (0..<1).contains(share.y) else { return nil }
        self.init(x: share.x, y: share.y)
    }
}

/// Decides whether a moving finger drags: not during a pinch, nor with the finger that remains after it.
struct Fingers: Equatable, Sendable {
    private var isPinching = false
    private var dragStart: CGPoint?
    private var pinchStart: CGPoint?

    var isDrag: Bool { dragStart != nil && dragStart != pinchStart }

    mutating func pinch() {
        (isPinching, pinchStart) = (true, dragStart)
    }

    mutating func endPinch() {
        isPinching = false
    }

    mutating func drag(from start: CGPoint) {
        dragStart = start
        if isPinching { pinchStart = start }
    }
}

/// How a photo or a frozen frame is magnified and moved.
struct PhotoZoom: Equatable, Sendable {
    enum Event: Equatable, Sendable {
        /// The distance of the fingers relative to their start, and the point between them.
        case pinched(by: Double, around: CGPoint)
        /// The way of the finger from its start.
        case dragged(by: CGSize)
        case released
    }

    static let maxScale = 8.0

    private(set) var scale = 1.0
    /// Of the picture's middle, in points.
    private(set) var offset = CGSize.zero
    /// Before the fingers moved.
    private var start: Start?

    private struct Start: Equatable, Sendable {
        let scale: Double
        let offset: CGSize
    }

    var isMagnified: Bool { scale > 1 || offset != .zero }

    /// `place`: of the whole picture in a view of this size.
    func after(_ event: Event, place: CGRect, in view: CGSize) -> PhotoZoom {
        let start = start ?? Start(scale: scale, offset: limited(to: place, view).offset)
        switch event {
        case .pinched(let by, let point):
            let scale = by.isFinite ? min(max(start.scale * by, 1), PhotoZoom.maxScale) : start.scale
            let ratio = scale / start.scale
            // The pixel between the fingers stays there.
            let (x, y) = (point.x - view.width / 2, point.y - view.height / 2)
            let moved = CGSize(
                width: x - (x - start.offset.width) * ratio, height: y - (y - start.offset.height) * ratio)
            return PhotoZoom(scale: scale, offset: PhotoZoom.limited(moved, scale, place, view), start: start)
        case .dragged(let by):
            let moved = CGSize(width: start.offset.width + by.width, height: start.offset.height + by.height)
            return PhotoZoom(scale: scale, offset: PhotoZoom.limited(moved, scale, place, view), start: start)
        case .released:
            return PhotoZoom(scale: scale, offset: offset).limited(to: place, view)
        }
    }

    /// The same zoom in a view of another size, such as after a turn of the phone.
    func limited(to place: CGRect, _ view: CGSize) -> PhotoZoom {
        PhotoZoom(scale: scale, offset: PhotoZoom.limited(offset, scale, place, view), start: start)
    }

    /// Keeps the edges of the picture outside the view, or at its edges.
    private static func limited(_ offset: CGSize, _ scale: Double, _ place: CGRect, _ view: CGSize) -> CGSize {
        func limited(_ value: Double, _ length: Double, _ room: Double) -> Double {
            let most = max(0, (length * scale - room) / 2)
            return min(max(value, -most), most)
        }
        return CGSize(
            width: limited(offset.width, place.width, view.width),
            height: limited(offset.height, place.height, view.height))
    }
}
