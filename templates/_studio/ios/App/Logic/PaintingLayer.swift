import Foundation

/// What was painted of a result: where its picture lies, turned and mirrored with it.
struct PaintingLayer: Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        guard let painted = result.painting else { return [] }
        let place = painted.place
        func corner(_ x: Double, _ y: Double) -> CGPoint { mapping.point(of: CGPoint(x: x, y: y)) }
        let placement = Placement(
            topLeft: corner(place.minX, place.minY), topRight: corner(place.maxX, place.minY),
            bottomLeft: corner(place.minX, place.maxY), visible: mapping.visible)
        return [.painting(painted.painting, placement)]
    }
}
