/// The box of each thing, the lowest score first: the best lies on top.
struct BoxLayer: Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().compactMap { box in
            let rect = mapping.rect(of: box)
            return rect.intersects(mapping.visible) ? .outline(rect, box.color) : nil
        }
    }
}
