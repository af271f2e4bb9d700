import Foundation

/// The masks, half transparent with an edge.
struct MaskLayer: Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        guard let masks = result.painting else { return [] }
        let place = masks.place
        func corner(_ x: Double, _ y: Double) -> CGPoint { mapping.point(of: CGPoint(x: x, y: y)) }
        let placement = Placement(
            topLeft: corner(place.minX, place.minY), topRight: corner(place.maxX, place.minY),
            bottomLeft: corner(place.minX, place.maxY), visible: mapping.visible)
        return [.painting(masks.painting, placement)]
    }
}
