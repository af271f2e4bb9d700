package vision

import org.junit.Assert.assertNotSame
import org.junit.Assert.assertSame
import org.junit.Test

class PoolTest {
    private class Memory : Reusable()

    private val pool = Pool(::Memory)

    @Test
    fun `memory that is given back is used again`() {
        val taken = List(9) { pool.take() }
        taken.last().free()
        assertSame(taken.last(), pool.take())
        assertNotSame(taken.last(), pool.take())
    }

    @Test
    fun `memory that is given back twice has one owner`() {
        val memory = pool.take()
        memory.free()
        memory.free()
        assertSame(memory, pool.take())
        assertNotSame(memory, pool.take())
        memory.free()
        assertSame("and may be given back again", memory, pool.take())
    }

    @Test
    fun `forgotten memory is not used again`() {
        val memory = pool.take()
        memory.free()
        pool.forget()
        assertNotSame(memory, pool.take())
    }

    @Test
    fun `at most four wait`() {
        val taken = List(9) { pool.take() }
        taken.forEach(Memory::free)
        val again = List(5) { pool.take() }
        for (i in 0 until 4) assertSame(taken[i], again[i])
        assertNotSame(taken[4], again[4])
    }
}
