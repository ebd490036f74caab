namespace Pyrsia.Libp2p;

/// <summary>How much of what is taken, by scope: counts, and touches neither network nor clock. Thread-safe.
/// A claim on several scopes is granted in all of them or in none. A scope that nothing is taken of takes no memory.</summary>
internal sealed class ResourceAccounts
{
    private readonly Dictionary<ResourceScope, long> used = [];
    private readonly Lock gate = new();

    /// <summary>True when nothing is taken.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate) return used.Count == 0;
        }
    }

    /// <summary>What is taken of a scope.</summary>
    public long Used(ResourceScope scope)
    {
        lock (gate) return used.GetValueOrDefault(scope);
    }

    /// <summary>Takes one unit in every scope, or nothing.</summary>
    /// <param name="claims">The scopes, each once, with their limits.</param>
    /// <param name="full">The first scope that has no room, when the answer is null.</param>
    public Reservation? TryTake(ReadOnlySpan<ResourceClaim> claims, out ResourceScope full)
    {
        full = default;
        lock (gate)
        {
            foreach (var (scope, limit) in claims)
            {
                if (used.GetValueOrDefault(scope) < limit) continue;
                full = scope;
                return null;
            }
            var scopes = new ResourceScope[claims.Length];
            for (var i = 0; i < scopes.Length; i++) Add(scopes[i] = claims[i].Scope, 1);
            return new Reservation(this, scopes);
        }
    }

    /// <summary>Takes an amount in every scope, or nothing; <see cref="Release(ReadOnlySpan{ResourceScope}, long)"/> gives it back in parts.</summary>
    public bool TryTake(ReadOnlySpan<ResourceClaim> claims, long amount)
    {
        lock (gate)
        {
            foreach (var (scope, limit) in claims)
                if (used.GetValueOrDefault(scope) > limit - amount) return false;
            foreach (var (scope, _) in claims) Add(scope, amount);
            return true;
        }
    }

    /// <summary>Gives back an amount in each scope.</summary>
    public void Release(ReadOnlySpan<ResourceScope> scopes, long amount)
    {
        lock (gate)
        {
            foreach (var scope in scopes) Add(scope, -amount);
        }
    }

    /// <summary>Gives back one unit of each scope.</summary>
    public void Release(ReadOnlySpan<ResourceScope> scopes) => Release(scopes, 1);

    private void Add(ResourceScope scope, long amount)
    {
        var now = used.GetValueOrDefault(scope) + amount;
        if (now < 0) throw new InvalidOperationException($"More of {scope} was given back than was taken.");
        if (now == 0) used.Remove(scope);
        else used[scope] = now;
    }
}
