import Foundation

/// The boxes as they are turned, the lowest score first: the best lies on top.
struct RotatedBoxLayer: Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().flatMap { box in
            guard mapping.rect(of: box).intersects(mapping.visible), !box.corners.isEmpty else { return [Mark]() }
            let corners = box.corners.map(mapping.point)
            let isSure = result.comparison?.isSure(box) ?? true
            return isSure ? [.path(corners, isClosed: true, box.color)] : Mark.dashes(around: corners, box.color)
        }
    }

    /// Where a box's label lies: at its uppermost corner, as the view shows it; of two as high, at the left one.
    static func uppermost(of box: Box, in mapping: PictureMapping) -> CGPoint {
        let corners = box.corners.map(mapping.point)
        return corners.min { ($0.y, $0.x) < ($1.y, $1.x) } ?? mapping.rect(of: box).origin
    }
}
