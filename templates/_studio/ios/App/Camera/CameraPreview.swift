import AVFoundation
import SwiftUI
import UIKit

/// What the camera sees, turned to be level on the screen; a front camera as in a mirror.
struct CameraPreview: UIViewRepresentable {
    let view: PreviewLayerView
    let camera: Camera?
    let aspect: Aspect
    let onTurn: @MainActor (CameraAngles) -> Void

    func makeUIView(context: Context) -> PreviewLayerView {
        view
    }

    func updateUIView(_ view: PreviewLayerView, context: Context) {
        view.previewLayer.videoGravity = AVLayerVideoGravity(aspect)
        view.rotation.follow(camera, layer: view.previewLayer, onTurn: onTurn)
    }
}

/// A view whose only layer is the preview.
final class PreviewLayerView: UIView {
    let rotation = CameraRotation()

    static func showing(_ source: PreviewSource) -> PreviewLayerView {
        let view = PreviewLayerView()
        view.backgroundColor = .black
        view.isAccessibilityElement = false  // the overlay says what is seen
        source.connect(to: view.previewLayer)
        return view
    }

    override class var layerClass: AnyClass { AVCaptureVideoPreviewLayer.self }

    var previewLayer: AVCaptureVideoPreviewLayer {
        guard let layer = layer as? AVCaptureVideoPreviewLayer else {
            preconditionFailure("layerClass says which layer this is")
        }
        return layer
    }
}
