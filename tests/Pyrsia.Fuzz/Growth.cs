namespace Pyrsia.Fuzz;

/// <summary>A run that is guided by what inputs reach, and what of it is worth keeping.</summary>
internal sealed class Growth(FuzzTarget target, KeptInputs store, Guide guide)
{
    /// <summary>Parts that an input is taken apart into at most, to see which it can do without.</summary>
    private const int MaxParts = 64;

    /// <summary>Runs, and keeps what reaches more than the valid encodings do: what was kept before as long as that is so, then the shortest of what is new. A finding is kept by itself.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="seed">Of the mutations.</param>
    /// <param name="time">The clock.</param>
    public (FuzzResult Result, int Before, int After) Run(TimeSpan duration, int seed, TimeProvider time)
    {
        guide.Forget();
        var fuzzer = new Fuzzer(target, seed, time, store.Of(target.Name), guide);
        var result = fuzzer.Run(duration);
        var before = store.Corpus(target.Name);
        if (result.Finding is not null) return (result, before.Count, before.Count);
        try
        {
            var after = Choose([.. before, .. fuzzer.Worthwhile.OrderBy(input => input.Length)]);
            store.Write(target.Name, after);
            return (result, before.Count, after.Count);
        }
        catch (FoundException e)
        {
            return (result with { Finding = new Finding(target.Name, seed, e.Input, e.Message) }, before.Count, before.Count);
        }
    }

    private List<byte[]> Choose(IEnumerable<byte[]> candidates)
    {
        HashSet<int> reached = [.. target.Corpus().SelectMany(Branches)];
        List<byte[]> chosen = [];
        var bytes = 0;
        foreach (var candidate in candidates)
        {
            var fresh = Branches(candidate).Where(branch => !reached.Contains(branch)).ToHashSet();
            if (fresh.Count == 0) continue;
            var trimmed = Trim(candidate, fresh);
            if (chosen.Count == KeptInputs.MaxInputs || bytes + trimmed.Length > KeptInputs.MaxBytes) continue;
            chosen.Add(trimmed);
            bytes += trimmed.Length;
            reached.UnionWith(Branches(trimmed));
        }
        return chosen;
    }

    /// <summary>Leaves out of an input what it reaches these branches without: halves, then quarters, and so on.</summary>
    private byte[] Trim(byte[] input, HashSet<int> branches)
    {
        for (var parts = 2; parts <= MaxParts && parts <= input.Length; parts *= 2)
        {
            var size = Math.Max(1, input.Length / parts);
            for (var at = 0; at < input.Length;)
            {
                byte[] shorter = [.. input[..at], .. input[Math.Min(input.Length, at + size)..]];
                if (branches.IsSubsetOf(Branches(shorter))) input = shorter;
                else at += size;
            }
        }
        return input;
    }

    private List<int> Branches(byte[] input)
    {
        guide.Begin();
        try
        {
            target.Check([.. input]);
        }
#pragma warning disable CA1031 // Whatever it throws is what is looked for.
        catch (Exception e)
        {
            throw new FoundException(input, e);
        }
#pragma warning restore CA1031
        return guide.Taken();
    }

    private sealed class FoundException(byte[] input, Exception inner) : Exception(inner is BrokenPromiseException ? inner.Message : inner.ToString())
    {
        public byte[] Input => input;
    }
}
