using System.Net.Sockets;
using System.Text;
using Pyrsia.Builds.Images;
using Pyrsia.Builds.Sandboxes;
using Pyrsia.EndToEnd.Tests.Harness;
using Xunit;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>What every sandbox does, run against each of them.</summary>
public abstract class SandboxComplianceTests(SandboxFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Input_goes_in_and_output_log_and_exit_code_come_out()
    {
        var input = new byte[3_000_000];
        new Random(1).NextBytes(input);
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), "echo to the log >&2; cat; exit 7") with { Input = new MemoryStream(input), Limits = SandboxFixture.Tight with { OutputBytes = 4 << 20 } };
        var ran = await fixture.RunAsync(run, Cancel);
        Assert.True(ran.Result is { Outcome: SandboxOutcome.Exited, ExitCode: 7, Succeeded: false }, ran.ToString());
        Assert.Equal(input, await File.ReadAllBytesAsync(run.OutputPath, Cancel));
        Assert.Equal(input.Length, ran.Result.OutputBytes);
        Assert.Equal("to the log\n", ran.Log);
        Assert.Equal("to the log\n".Length, ran.Result.LogBytes);
        Assert.InRange(ran.Result.Duration, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_command_that_reads_no_input_ends_all_the_same()
    {
        var ran = await fixture.RunAsync(fixture.Script(await BuilderImages.GetAsync(Cancel), "exec <&-; echo done") with { Input = new MemoryStream(new byte[5_000_000]) }, Cancel);
        Assert.True(ran.Result.Succeeded, ran.ToString());
        Assert.Equal("done\n", ran.Output);
    }

    [Fact]
    public async Task The_surroundings_are_the_same_everywhere()
    {
        var ran = await Script("env | grep -v '^_=' | grep -v -E '^(SHLVL|PWD|OLDPWD)=' | sort; umask; pwd; id -u; id -g; hostname; date +%Z; stat -c %U / ; ls -A /build /tmp /mnt");
        Assert.True(ran.Result.Succeeded, ran.ToString());
        Assert.Equal("HOME=/build\nLC_ALL=C.UTF-8\nPATH=/usr/local/bin:/usr/bin:/bin\nTZ=UTC\n0022\n/build\n1000\n1000\nbuilder\nUTC\nroot\n/build:\n\n/mnt:\n\n/tmp:\n", ran.Output);
    }

    [Fact]
    public async Task Environment_mask_and_user_are_what_the_run_says()
    {
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), "echo $MODE $TZ; umask; id -u; touch made; stat -c %a made") with
        {
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["MODE"] = "x = 'y'", ["TZ"] = "Asia/Tokyo" },
            Umask = Convert.ToInt32("077", 8),
            UserId = 4242,
        };
        var ran = await fixture.RunAsync(run, Cancel);
        Assert.Equal("x = 'y' Asia/Tokyo\n0077\n4242\n600\n", ran.Output);
    }

    [Fact]
    public async Task A_mounted_directory_can_be_read_and_not_written()
    {
        var directory = Directory.CreateDirectory(fixture.Files[$"mounted-{Guid.NewGuid():N}"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "file"), "content", Cancel);
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), "cat /mnt/repository/file; ! touch /mnt/repository/other && ! touch /mnt/other && ! rm -f /mnt/repository/file");
        var ran = await fixture.RunAsync(run with { Mounts = [new SandboxMount("repository", directory)] }, Cancel);
        Assert.True(ran.Result.Succeeded, ran.ToString());
        Assert.Equal("content", ran.Output);
        Assert.Equal(["file"], Directory.GetFiles(directory).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_only_way_out_is_the_socket_that_was_handed_in()
    {
        var path = fixture.Files[$"socket-{Guid.NewGuid():N}"[..20]];
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("666", 8));
        var answering = AnswerAsync(listener);
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), $"exec 3<>/dev/tcp/127.0.0.1/{SandboxLayout.Port}; echo asked >&3; cat <&3");
        var ran = await fixture.RunAsync(run with { Socket = path }, Cancel);
        Assert.True(ran.Result.Succeeded, ran.ToString());
        Assert.Equal("answered: asked", ran.Output);
        await answering;
        var without = await Script($"exec 3<>/dev/tcp/127.0.0.1/{SandboxLayout.Port}");
        Assert.False(without.Result.Succeeded);
    }

    [Fact]
    public async Task The_log_can_be_followed_while_the_command_runs()
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var input = new BlockedStream(heard.Task);
        var said = new StringBuilder();
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), "echo ready >&2; cat >/dev/null; echo end >&2");
        var ran = await fixture.RunAsync(
            run with
            {
                Input = input,
                OnLog = bytes =>
                {
                    said.Append(Encoding.UTF8.GetString(bytes.Span));
                    if (said.ToString() == "ready\n" && File.ReadAllText(run.LogPath!) == "ready\n") heard.TrySetResult();
                },
            },
            Cancel);
        Assert.True(ran.Result.Succeeded, ran.ToString());
        Assert.Equal("ready\nend\n", said.ToString());
    }

    [Fact]
    public async Task A_caller_that_gives_up_leaves_nothing_running()
    {
        var marker = $"marker-{Guid.NewGuid():N}";
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), $"echo up >&2; exec -a {marker} sleep 1000") with { OnLog = _ => giveUp.Cancel() };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.RunAsync(run, giveUp.Token));
        Assert.Empty(HostProcesses.With(marker));
    }

    [Fact]
    public async Task Runs_side_by_side_do_not_meet()
    {
        var image = await BuilderImages.GetAsync(Cancel);
        var ran = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => fixture.RunAsync(fixture.Script(image, $"echo {n} >/build/mine; sleep 0.2; cat /build/mine; ls /build | wc -l; ls -d /proc/[0-9]* | wc -l"), Cancel)));
        for (var n = 0; n < ran.Length; n++) Assert.Matches($@"\A{n}\n1\n[1-9]\n\z", ran[n].Output);
    }

    [Fact]
    public async Task A_signal_shows_in_the_exit_code()
    {
        var ran = await Script("bash -c 'kill -SEGV $$'; exit $?");
        Assert.True(ran.Result is { Outcome: SandboxOutcome.Exited, ExitCode: 139 }, ran.ToString());
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_the_commands_own_failure()
    {
        var ran = await fixture.RunAsync(fixture.Script(await BuilderImages.GetAsync(Cancel), "") with { Command = ["no-such-program"] }, Cancel);
        Assert.True(ran.Result is { Outcome: SandboxOutcome.Exited, ExitCode: 127 }, ran.ToString());
        Assert.Contains("no-such-program", ran.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_is_none_is_the_machines_failure()
    {
        var empty = Directory.CreateDirectory(fixture.Files[$"empty-{Guid.NewGuid():N}"]).FullName;
        await File.WriteAllBytesAsync(fixture.Files["empty.tar"], new byte[10240], Cancel);
        var image = new BuilderImage(Contracts.Digest.Of(new byte[10240]), fixture.Files["empty.tar"], empty);
        await Assert.ThrowsAsync<SandboxException>(() => fixture.RunAsync(fixture.Script(image, "true"), Cancel));
    }

    [Fact]
    public async Task A_file_that_is_there_already_is_not_written_over()
    {
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), "echo other");
        await File.WriteAllTextAsync(run.OutputPath, "kept", Cancel);
        await Assert.ThrowsAsync<SandboxException>(() => fixture.RunAsync(run, Cancel));
        Assert.Equal("kept", await File.ReadAllTextAsync(run.OutputPath, Cancel));
    }

    [Fact]
    public async Task An_input_that_cannot_be_read_ends_the_run()
    {
        var marker = $"marker-{Guid.NewGuid():N}";
        using var input = new BlockedStream(Task.FromException(new IOException("The input is gone.")));
        var run = fixture.Script(await BuilderImages.GetAsync(Cancel), $"exec -a {marker} sleep 1000");
        Assert.Contains("The input is gone", (await Assert.ThrowsAsync<SandboxException>(() => fixture.RunAsync(run with { Input = input }, Cancel))).Message, StringComparison.Ordinal);
        Assert.Empty(HostProcesses.With(marker));
    }

    private static async Task AnswerAsync(Socket listener)
    {
        using var connection = await listener.AcceptAsync(Cancel);
        using var stream = new NetworkStream(connection);
        using var reader = new StreamReader(stream);
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"answered: {await reader.ReadLineAsync(Cancel)}"), Cancel);
    }

    private async Task<SandboxRunText> Script(string script) => await fixture.RunAsync(fixture.Script(await BuilderImages.GetAsync(Cancel), script), Cancel);
}
