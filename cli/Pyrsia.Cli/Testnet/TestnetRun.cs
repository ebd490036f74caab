using System.Net;
using Pyrsia.Contracts.NodeApi;

namespace Pyrsia.Cli.Testnet;

/// <summary>Brings a local network up and down.</summary>
internal sealed class TestnetRun(string directory, CliEnvironment environment, Action<string> progress)
{
    /// <summary>How long processes may take to answer, and then the log to get its first cosigned checkpoint.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly string _directory = Path.GetFullPath(directory);

    /// <summary>Starts what does not run, and waits until the nodes can serve.</summary>
    public async Task<TestnetFile> UpAsync(Programs programs, CancellationToken cancellationToken)
    {
        var file = TestnetFile.Read(_directory);
        var authorities = file.Authorities.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        var started = new List<System.Diagnostics.Process>();
        try
        {
            foreach (var member in file.All.ToArray())
            {
                if (IsRunning(member)) continue;
                var process = MemberProcess.Start(authorities.Contains(member.Name) ? programs.Authority : programs.Node, ConfigurationOf(member), LogOf(member));
                started.Add(process);
                file = file.With(member with { Pid = process.Id });
                file.Write(_directory);
            }
            foreach (var member in file.All.ToArray())
            {
                var status = await AwaitAnswerAsync(member, cancellationToken);
                progress($"{member.Name} answers at {member.Http}");
                file = file.With(file.All.Single(m => m.Name == member.Name) with { PeerId = status.PeerId, P2p = status.PeerAddrs });
            }
            file.Write(_directory);
            foreach (var member in file.All) await AwaitReadyAsync(member, cancellationToken);
            return file;
        }
        catch
        {
            await DownAsync();
            throw;
        }
        finally
        {
            foreach (var process in started) process.Dispose();
        }
    }

    /// <summary>Ends what runs.</summary>
    /// <returns>How many processes were ended.</returns>
    public Task<int> DownAsync() => StopAsync(_ => true);

    /// <summary>Ends those of the processes that are named; what they keep stays.</summary>
    /// <returns>How many were ended.</returns>
    public async Task<int> StopAsync(Func<TestnetMember, bool> which)
    {
        var file = TestnetFile.Read(_directory);
        var running = file.All.Where(member => which(member) && IsRunning(member)).ToArray();
        await Task.WhenAll(running.Select(member => MemberProcess.StopAsync(member.Pid!.Value, ConfigurationOf(member), environment.Time)));
        foreach (var member in file.All.Where(which).ToArray()) file = file.With(member with { Pid = null });
        file.Write(_directory);
        return running.Length;
    }

    /// <summary>How every process stands.</summary>
    public async Task<IReadOnlyList<TestnetStanding>> StandingAsync(CancellationToken cancellationToken)
    {
        var standings = new List<TestnetStanding>();
        foreach (var member in TestnetFile.Read(_directory).All)
        {
            var running = IsRunning(member);
            var status = running ? await AskAsync(member, (node, token) => node.StatusAsync(token), cancellationToken) : null;
            var ready = status is not null && await IsReadyAsync(member, cancellationToken);
            standings.Add(new TestnetStanding(member.Name, member.Http, running ? member.Pid : null, !running ? "stopped" : status is null ? "not answering" : ready ? "ready" : "not ready", status?.PeersCount, status?.Log?.Size));
        }
        return standings;
    }

    /// <summary>Waits until a process is gone, or the wait is ended.</summary>
    public async Task<TestnetMember> AwaitEndAsync(TestnetFile file, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (file.All.FirstOrDefault(member => !IsRunning(member)) is { } gone) return gone;
            await Task.Delay(Interval, environment.Time, cancellationToken);
        }
    }

    private async Task<StatusResponse> AwaitAnswerAsync(TestnetMember member, CancellationToken cancellationToken)
    {
        StatusResponse? status = null;
        await AwaitAsync(member, "did not answer", async () => (status = await AskAsync(member, (node, token) => node.StatusAsync(token), cancellationToken)) is not null, cancellationToken);
        return status!;
    }

    private Task AwaitReadyAsync(TestnetMember member, CancellationToken cancellationToken) =>
        AwaitAsync(member, "was not ready", async () => await IsReadyAsync(member, cancellationToken) || await IsFreshAsync(member, cancellationToken), cancellationToken);

    /// <summary>Whether a process of a network whose log is empty yet has found the others: there is no checkpoint to be ready with.</summary>
    private async Task<bool> IsFreshAsync(TestnetMember member, CancellationToken cancellationToken) =>
        await AskAsync(member, (node, token) => node.StatusAsync(token), cancellationToken) is { Log.Size: 0, PeersCount: > 0, Log.Quorum: not false };

    private async Task<bool> IsReadyAsync(TestnetMember member, CancellationToken cancellationToken) =>
        await AskAsync(member, async (node, token) => (HttpStatusCode?)await node.ProbeAsync(ApiRoutes.Ready, token), cancellationToken) == HttpStatusCode.OK;

    private async Task AwaitAsync(TestnetMember member, string otherwise, Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        var start = environment.Time.GetTimestamp();
        while (!await condition())
        {
            if (!IsRunning(member)) throw Trouble(member, "ended", ExitCode.Failed);
            if (environment.Time.GetElapsedTime(start) > StartTimeout) throw Trouble(member, $"{otherwise} within {StartTimeout.TotalSeconds:0} seconds", ExitCode.TimedOut);
            await Task.Delay(Interval, environment.Time, cancellationToken);
        }
    }

    /// <summary>Asks a process; null while it does not answer.</summary>
    private async Task<T?> AskAsync<T>(TestnetMember member, Func<NodeClient, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var node = new NodeClient(member.Http, environment.Handler(), environment.Time);
        try
        {
            return await ask(node, cancellationToken);
        }
        catch (CliException e) when (e.ExitCode == ExitCode.Unreachable)
        {
            return default;
        }
    }

    private CliException Trouble(TestnetMember member, string how, int exitCode) =>
        new($"{member.Name} {how}. Its log ends with:\n{MemberProcess.Tail(LogOf(member))}\n", "start-failed", $"The whole log: {LogOf(member)}", exitCode);

    private bool IsRunning(TestnetMember member) => MemberProcess.IsRunning(member.Pid, ConfigurationOf(member));

    private string ConfigurationOf(TestnetMember member) => TestnetInit.ConfigurationOf(_directory, member.Name);

    private string LogOf(TestnetMember member) => Path.Combine(_directory, member.Name, "log.txt");
}
