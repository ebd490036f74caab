using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Pyrsia.Fuzz;

/// <summary>Sees which branches an input takes, where the program is instrumented (<see cref="Instrumentation"/>), and so which inputs are worth going on from. One for a process, made before anything that is instrumented runs.</summary>
internal sealed unsafe class Guide
{
    /// <summary>Instrumentation numbers branches with 16 bits. Two that share a number are taken for one.</summary>
    private const int Branches = 1 << 16;

    private readonly byte* _counters = (byte*)NativeMemory.AllocZeroed(Branches);

    /// <summary>For each branch the numbers of times that were seen, one bit for a range of them.</summary>
    private readonly byte[] _seen = new byte[Branches];

    public Guide() => Trace.SharedMem = _counters;

    private Span<byte> Counters => new(_counters, Branches);

    /// <summary>Before an input.</summary>
    public void Begin()
    {
        Counters.Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>After it: whether it took a branch that none before it took, or took one several times more or less often.</summary>
    public bool IsNew()
    {
        var isNew = false;
        foreach (var branch in Taken())
        {
            // 1, 2, 3, 4 to 7, 8 to 15, and so on, the last from 64: a loop that goes round once more is nothing new.
            int times = Math.Max((byte)1, Counters[branch]);
            var bit = (byte)(1 << (times < 4 ? times - 1 : Math.Min(7, BitOperations.Log2((uint)times) + 1)));
            isNew |= (_seen[branch] & bit) == 0;
            _seen[branch] |= bit;
        }
        return isNew;
    }

    /// <summary>After an input: the branches that it took.</summary>
    public List<int> Taken()
    {
        List<int> taken = [];
        for (var at = 0; Counters[at..].IndexOfAnyExcept((byte)0) is >= 0 and var skipped; at++) taken.Add(at += skipped);
        return taken;
    }

    /// <summary>Of the next target nothing was seen yet.</summary>
    public void Forget() => Array.Clear(_seen);
}
