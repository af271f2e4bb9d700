import AVFoundation
import SwiftUI
import UIKit

/// A video as it plays, upright.
struct VideoView: UIViewRepresentable {
    let video: Video
    let aspect: Aspect

    func makeUIView(context: Context) -> PlayerLayerView {
        let view = PlayerLayerView()
        view.backgroundColor = .black  // it hides the camera behind the video
        view.isAccessibilityElement = false  // the overlay says what is seen
        return view
    }

    func updateUIView(_ view: PlayerLayerView, context: Context) {
        view.playerLayer.player = video.player
        view.playerLayer.videoGravity = AVLayerVideoGravity(aspect)
    }
}

/// A view whose only layer is a player's.
final class PlayerLayerView: UIView {
    override class var layerClass: AnyClass { AVPlayerLayer.self }

    var playerLayer: AVPlayerLayer {
        guard let layer = layer as? AVPlayerLayer else { preconditionFailure("layerClass says which layer this is") }
        return layer
    }
}

extension AVLayerVideoGravity {
    init(_ aspect: Aspect) {
        self = aspect == .fit ? .resizeAspect : .resizeAspectFill
    }
}
