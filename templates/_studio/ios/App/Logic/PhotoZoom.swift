import Foundation

/// How a picture that stands still is magnified and moved. One value; whatever happens makes another one of it.
struct PhotoZoom: Equatable, Sendable {
    enum Event: Equatable, Sendable {
        /// Fingers are so many times as far from each other as when they came down, around this point of the view.
        case pinched(by: Double, around: CGPoint)
        /// A finger went so far from where it came down.
        case dragged(by: CGSize)
        case released
    }

    static let most = 8.0

    private(set) var scale = 1.0
    /// Of the picture's middle from where it is otherwise, in points.
    private(set) var offset = CGSize.zero
    /// As the fingers came down.
    private var before: Start?

    private struct Start: Equatable, Sendable {
        let scale: Double
        let offset: CGSize
    }

    /// Or moved.
    var isMagnified: Bool { scale > 1 || offset != .zero }

    /// `place`: of the picture in a view of this size before it is magnified and moved.
    func after(_ event: Event, place: CGRect, in view: CGSize) -> PhotoZoom {
        let start = before ?? Start(scale: scale, offset: within(place, view).offset)
        switch event {
        case .pinched(let by, let point):
            let scale = by.isFinite ? min(max(start.scale * by, 1), PhotoZoom.most) : start.scale
            let ratio = scale / start.scale
            // What lies below the fingers stays there.
            let (x, y) = (point.x - view.width / 2, point.y - view.height / 2)
            let moved = CGSize(
                width: x - (x - start.offset.width) * ratio, height: y - (y - start.offset.height) * ratio)
            return PhotoZoom(scale: scale, offset: within(moved, scale, place, view), before: start)
        case .dragged(let by):
            let moved = CGSize(width: start.offset.width + by.width, height: start.offset.height + by.height)
            return PhotoZoom(scale: scale, offset: within(moved, scale, place, view), before: start)
        case .released: return PhotoZoom(scale: scale, offset: offset).within(place, view)
        }
    }

    /// As it is in a view that has another size now, such as that of a phone that was turned.
    func within(_ place: CGRect, _ view: CGSize) -> PhotoZoom {
        PhotoZoom(scale: scale, offset: within(offset, scale, place, view), before: before)
    }

    /// No edge of the picture comes into the view where it could stay outside.
    private func within(_ offset: CGSize, _ scale: Double, _ place: CGRect, _ view: CGSize) -> CGSize {
        func within(_ value: Double, _ length: Double, _ room: Double) -> Double {
            let most = max(0, (length * scale - room) / 2)
            return min(max(value, -most), most)
        }
        return CGSize(
            width: within(offset.width, place.width, view.width),
            height: within(offset.height, place.height, view.height))
    }
}
