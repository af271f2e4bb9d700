import Foundation

/// The place that somebody touched, and how far away it is.
struct ProbeLayer: Layer {
    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        guard let probe = result.probe, let value = result.depthMap.value(at: probe) else { return [] }
        let (bounds, margin) = (mapping.free, style.margin)
        let point = mapping.point(of: probe)
        let text = NumberText.score(value)
        let size = CGSize(width: texts.width(of: text) + 2 * margin, height: style.lineHeight + 2 * margin)
        let above = point.y - size.height - 4 * margin
        let top = above >= bounds.minY ? above : point.y + 4 * margin
        let white = ClassColor(rgb: 0xFFFFFF)
        return [
            .dot(point, white),
            .label(
                CGRect(origin: CGPoint(x: point.x - size.width / 2, y: top), size: size).moved(into: bounds), text,
                ClassColor(rgb: 0x000000)),
        ]
    }
}
