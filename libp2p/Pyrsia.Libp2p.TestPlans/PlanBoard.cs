using StackExchange.Redis;

namespace Pyrsia.Libp2p.TestPlans;

/// <summary>The Redis server where one side leaves what the other waits for.</summary>
internal sealed class PlanBoard : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _redis;
    private readonly int _seconds;

    private PlanBoard(ConnectionMultiplexer redis, int seconds) => (_redis, _seconds) = (redis, seconds);

    /// <summary>Connects; a server that is not there yet is waited for.</summary>
    public static async Task<PlanBoard> ConnectAsync(string address, TimeSpan patience)
    {
        var options = ConfigurationOptions.Parse(address);
        var seconds = (int)patience.TotalSeconds;
        // A command that blocks on the server holds this connection: nothing else goes over it.
        options.AsyncTimeout = options.ConnectTimeout = options.KeepAlive = checked(seconds * 1000);
        options.KeepAlive = seconds;
        return new PlanBoard(await ConnectionMultiplexer.ConnectAsync(options).ConfigureAwait(false), seconds);
    }

    /// <summary>Leaves a value.</summary>
    public Task PushAsync(string key, string value) => _redis.GetDatabase().ListRightPushAsync(key, value);

    /// <summary>Takes a value, and waits for one.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    public async Task<string> TakeAsync(string key, CancellationToken cancellationToken)
    {
        var taken = await _redis.GetDatabase().ExecuteAsync("BLPOP", key, _seconds).WaitAsync(cancellationToken).ConfigureAwait(false);
        return taken.IsNull ? throw new TimeoutException($"Nobody left '{key}' at the Redis server.") : (string)taken[1]!;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _redis.DisposeAsync();
}
