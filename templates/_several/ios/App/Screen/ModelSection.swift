import SwiftUI

/// The choice of the model.
struct ModelSection: View {
    let model: AppModel

    var body: some View {
        let state = model.modelSwitch
        Section {
            Picker("model_choice", selection: choice) {
                ForEach(model.models, id: \.id) { Text(verbatim: Texts.oneLine($0.name)).tag($0.id) }
            }
            .disabled(state.loading != nil)
        } footer: {
            if let refusal = state.refusal {
                Text(verbatim: Texts.rejected(refusal))
            } else {
                Text("model_choice_hint")
            }
        }
    }

    private var choice: Binding<Model.ID> {
        Binding(
            get: { model.modelSwitch.chosen.id },
            set: { id in
                guard let other = model.models.first(where: { $0.id == id }) else { return }
                Task { await model.use(other) }
            })
    }
}
