import Foundation

/// Which colour is which distance: a bar at the right edge of what is seen of the picture, the highest on top. Where no
/// distance is known there is none.
struct DepthScaleLayer: Layer {
    /// Of the height of what is seen.
    static let height = 0.5

    let texts: LabelTexts
    let style: LabelStyle

    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        if !result.depthMap.hasDistances { return [] }
        let (bounds, margin) = (mapping.free, style.margin)
        let height = bounds.height * DepthScaleLayer.height
        let bar = CGRect(
            x: bounds.maxX - style.lineHeight - 2 * margin, y: bounds.midY - height / 2, width: style.lineHeight,
            height: height)
        let placement = Placement(
            topLeft: bar.origin, topRight: CGPoint(x: bar.maxX, y: bar.minY), bottomLeft: CGPoint(x: bar.minX, y: bar.maxY),
            visible: bounds)
        let map = result.depthMap
        return [
            .outline(bar, ClassColor(rgb: 0xFFFFFF)), .painting(DepthColors.scale, placement),
            label(map.highest, top: bar.minY - style.lineHeight - 4 * margin, in: bounds),
            label(map.lowest, top: bar.maxY + 2 * margin, in: bounds),
        ]
    }

    private func label(_ value: Double, top: Double, in bounds: CGRect) -> Mark {
        let text = NumberText.score(value)
        let width = texts.width(of: text) + 2 * style.margin
        let place = CGRect(
            x: bounds.maxX - width - 2 * style.margin, y: top, width: width, height: style.lineHeight + 2 * style.margin)
        return .label(place, text, ClassColor(rgb: 0x000000))
    }
}
