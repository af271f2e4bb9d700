/// Where the things that are followed have been, under everything else.
struct TrailLayer: Layer {
    func marks(for result: PictureResult, in mapping: PictureMapping) -> [Mark] {
        result.boxes.reversed().compactMap { box in
            box.trail.count < 2 ? nil : .path(box.trail.map(mapping.point), isClosed: false, box.color)
        }
    }
}
