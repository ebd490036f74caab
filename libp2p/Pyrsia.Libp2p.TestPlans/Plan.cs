namespace Pyrsia.Libp2p.TestPlans;

/// <summary>One side of one test of libp2p's interoperability matrix (github.com/libp2p/test-plans), as environment variables ask for it.</summary>
public abstract record Plan
{
    private const string DefaultBoard = "redis:6379";

    /// <summary>Seconds that a test may take when nothing is said.</summary>
    private const int DefaultSeconds = 180;

    /// <summary>Most seconds that are believed: a day.</summary>
    private const int MaxSeconds = 86_400;

    /// <summary>Host and port of the Redis server by which the two sides find each other (<c>redis_addr</c>, default <c>redis:6379</c>).</summary>
    public required string Board { get; init; }

    /// <summary>How long the test may take (<c>test_timeout_seconds</c>, default 180 s).</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Reads the environment: <c>MODE</c> asks for a hole to be punched, anything else for a transport.</summary>
    /// <param name="environment">Value of a variable, null when it is not set.</param>
    /// <exception cref="PlanException">A variable is missing, or its value is none that this implementation has.</exception>
    public static Plan Parse(Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var board = environment("redis_addr") ?? DefaultBoard;
        var text = environment("test_timeout_seconds");
        var seconds = DefaultSeconds;
        if (text is not null && (!int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out seconds) || seconds is < 1 or > MaxSeconds))
            throw new PlanException($"test_timeout_seconds takes a number from 1 to {MaxSeconds}, not '{text}'.");
        var timeout = TimeSpan.FromSeconds(seconds);
        if (environment("MODE") is not null)
        {
            OneOf(environment, "TRANSPORT", "tcp");
            return new HolePunchPlan { Board = board, Timeout = timeout, IsDialer = OneOf(environment, "MODE", "dial", "listen") == "dial" };
        }
        var transport = OneOf(environment, "transport", "tcp", "ws", "quic-v1") switch { "ws" => PlanTransport.WebSocket, "quic-v1" => PlanTransport.Quic, _ => PlanTransport.Tcp };
        if (transport == PlanTransport.Quic && QuicPlatform.Missing is { } why) throw new PlanException($"transport 'quic-v1' is not to be had here: {why}.");
        // The matrix names neither for a transport that brings both.
        if (transport != PlanTransport.Quic) OneOf(environment, "muxer", "yamux");
        return new TransportPlan
        {
            Board = board,
            Timeout = timeout,
            IsDialer = OneOf(environment, "is_dialer", "true", "false") == "true",
            Transport = transport,
            Security = transport != PlanTransport.Quic && OneOf(environment, "security", "noise", "tls") == "noise" ? SecurityProtocol.Noise : SecurityProtocol.Tls,
            Address = System.Net.IPAddress.TryParse(environment("ip") ?? "0.0.0.0", out var ip) ? ip : throw new PlanException($"ip takes an address, not '{environment("ip")}'."),
        };
    }

    /// <summary>Plays the side. One that dials ends when it has printed its figures, one that listens when it is told to or the time is over.</summary>
    /// <param name="output">Takes the figures, one line of JSON.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public abstract Task RunAsync(TextWriter output, CancellationToken cancellationToken);

    private static string OneOf(Func<string, string?> environment, string name, params string[] values) => environment(name) switch
    {
        { } value when values.Contains(value, StringComparer.Ordinal) => value,
        { } value => throw new PlanException($"{name} '{value}' is not to be had here: it can be {string.Join(" or ", values)}."),
        null => throw new PlanException($"{name} is not set: it can be {string.Join(" or ", values)}."),
    };
}
