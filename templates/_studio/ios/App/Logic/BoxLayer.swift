import Foundation

/// The box of each thing, the lowest score first: the best lies on top.
struct BoxLayer: Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().flatMap { box in
            let rect = mapping.rect(of: box)
            if !rect.intersects(mapping.visible) { return [Mark]() }
            if result.comparison?.isSure(box) ?? true { return [.outline(rect, box.color)] }
            let corners = [
                rect.origin, CGPoint(x: rect.maxX, y: rect.minY), CGPoint(x: rect.maxX, y: rect.maxY),
                CGPoint(x: rect.minX, y: rect.maxY),
            ]
            return Mark.dashes(around: corners, box.color)
        }
    }
}
