package vision.parity

import kotlin.math.abs

/** Compares a map of this [size] with the samples of it in the vectors. [at]: the value at a place of the map. */
internal fun compareSamples(
    picture: Picture,
    name: String,
    stage: Stage,
    size: Int,
    difference: (Float, Float) -> Double = { ours, right -> abs(ours.toDouble() - right) },
    at: (Int) -> Float
) {
    if (!picture.has("$name.value")) return
    val places = picture.integers("$name.index")
    val values = picture.floats("$name.value")
    for (i in values.indices) {
        if (i >= places.size || places[i] !in 0 until size) {
            throw VectorsException("$name.index of the picture ${picture.name} is not of this map")
        }
        stage.add(difference(at(places[i]), values[i]))
    }
}
