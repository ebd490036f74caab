using System.Runtime.InteropServices;
using Pyrsia.Libp2p;
using Pyrsia.Libp2p.TestPlans;
using StackExchange.Redis;

// What the matrix reads is on the standard output alone; all else goes to the standard error.
using var stop = new CancellationTokenSource();
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    stop.Cancel();
});
try
{
    var plan = Plan.Parse(Environment.GetEnvironmentVariable);
    using var limit = new CancellationTokenSource(plan.Timeout);
    using var either = CancellationTokenSource.CreateLinkedTokenSource(stop.Token, limit.Token);
    await plan.RunAsync(Console.Out, either.Token);
    return 0;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 0;
}
catch (PlanException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
catch (Exception e) when (e is OperationCanceledException or Libp2pException or IOException or TimeoutException or RedisException or System.Net.Sockets.SocketException)
{
    Console.Error.WriteLine(e is OperationCanceledException ? "The time of the test is over." : e.Message);
    return 1;
}
