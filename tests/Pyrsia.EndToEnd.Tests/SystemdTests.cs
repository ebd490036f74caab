using Pyrsia.EndToEnd.Tests.Harness;
using Pyrsia.Testing;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>The unit of an authority as it is, started by a real systemd.</summary>
public sealed class SystemdTests
{
    private const string Service = "pyrsia-authority.service";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_hardened_service_starts_comes_back_when_it_is_killed_and_stops_in_order()
    {
        using var directory = new TemporaryDirectory();
        await Command.MustAsync(Programs.Cli, "testnet", "init", "--dir", directory["net"], "--authorities", "4", "--nodes", "1", "--upstream", $"docker.io=dir:{directory["none"]}");
        foreach (var folder in new[] { "files/etc/systemd/system", "files/etc/pyrsia", "files/etc/dotnet", "files/var/lib/pyrsia-authority" }) Directory.CreateDirectory(directory[folder]);
        File.Copy(Checkout.PathOf($"deploy/{Service}"), directory[$"files/etc/systemd/system/{Service}"]);
        File.Copy(directory["net/network.json"], directory["files/etc/pyrsia/network.json"]);
        await File.WriteAllTextAsync(directory["files/etc/pyrsia/authority.json"], """{"network":"/etc/pyrsia/network.json","listen":["/ip4/127.0.0.1/tcp/44001"],"port":7881,"builder":"none"}""", Cancel);
        await File.WriteAllTextAsync(directory["files/etc/dotnet/install_location"], Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")), Cancel);
        await Command.MustAsync("cp", "-a", directory["net/authority-1/data"], directory["files/var/lib/pyrsia-authority"]);
        await Command.MustAsync("chmod", "-R", "a+rX", directory["files/etc"]);

        await using var machine = await SystemdMachine.StartAsync(Service, Path.GetDirectoryName(Programs.Authority)!, "/opt/pyrsia", directory["files"], Cancel);
        await AnswersAsync(machine);
        var first = await machine.ShowAsync(Service, "MainPID");
        var status = (await machine.RunAsync("cat", $"/proc/{first}/status")).Output;
        Assert.Contains("NoNewPrivs:\t1", status, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", status, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", status, StringComparison.Ordinal);
        Assert.DoesNotContain("Uid:\t0", status, StringComparison.Ordinal);

        await machine.RunAsync("kill", "-KILL", first);
        await Wait.UntilAsync(async () => await machine.ShowAsync(Service, "NRestarts") == "1" && await machine.ShowAsync(Service, "MainPID") is not ("0" or "") and var next && next != first, Limit, "it does not come back", Cancel);
        await AnswersAsync(machine);

        var stopped = await machine.RunAsync("systemctl", "stop", Service);
        Assert.True(stopped.ExitCode == 0, stopped.ToString());
        Assert.Equal("success", await machine.ShowAsync(Service, "Result"));
        Assert.Equal(("1", "0"), (await machine.ShowAsync(Service, "ExecMainCode"), await machine.ShowAsync(Service, "ExecMainStatus"))); // it ended by itself, with 0
    }

    /// <summary>Alone it has no quorum, and says so.</summary>
    private static async Task AnswersAsync(SystemdMachine machine)
    {
        var said = "";
        try
        {
            await Wait.UntilAsync(async () => (said = (await machine.RunAsync("curl", "--silent", "http://127.0.0.1:7881/readyz")).Output).Contains("1 of 4 authorities answer", StringComparison.Ordinal), Limit, "it does not answer", Cancel);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{said}{await machine.RunAsync("journalctl", "--no-pager", "--unit", Service)}", e);
        }
    }
}
