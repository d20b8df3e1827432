using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Tapwork.Infrastructure.Deliveries;

/// <summary>What the lanes have sent and is to be written: of all destinations together, because a transaction costs much the same for one outcome as for a hundred.</summary>
public sealed class OutcomeQueue(DeliveryRecorder recorder, TimeProvider clock, ILogger<OutcomeQueue> logger)
{
    private const int MostAtOnce = 200;
    private const int LongestBreath = 25;

    private readonly Channel<SentDelivery> _sent = Channel.CreateUnbounded<SentDelivery>(new UnboundedChannelOptions { SingleReader = true });

    public void Add(SentDelivery sent) => _sent.Writer.TryWrite(sent);

    /// <summary>Nothing more comes.</summary>
    public void Complete() => _sent.Writer.TryComplete();

    /// <summary>Writes until all that came is written and no more comes.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var batch = new List<SentDelivery>();
        while (await _sent.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < MostAtOnce && _sent.Reader.TryRead(out var sent))
                batch.Add(sent);
            try
            {
                await recorder.RecordAsync([.. batch], stopping);
            }
            catch (Exception e)
            {
                logger.LogError(e, "outcomes of {Count} sends could not be written; their leases run out", batch.Count);
            }
            // The fuller a batch was, the longer until the next, so that it finds more at once; one alone never waits.
            if (batch.Count > 1)
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(batch.Count, LongestBreath)), clock, CancellationToken.None);
        }
    }
}
