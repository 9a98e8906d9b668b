"""Sums, counts and ranks of what shoppers say, kept in step by the database itself."""

from django.db import migrations

_STARS = """
create function reviews_count_stars(which reviews_review, step integer) returns void language plpgsql as $$
begin
  if which.state not in ('published', 'reported') then
    return;
  end if;
  update catalogue_listing
  set rating_sum = rating_sum + step * which.stars, rating_count = rating_count + step
  where id = which.listing_id;
  insert into reviews_merchantscore as score (
    platform_id, merchant_id, product_sum, product_count, merchant_sum, merchant_count, delivery_sum, delivery_count
  ) values (which.platform_id, which.merchant_id, 0, 0, 0, 0, 0, 0)
  on conflict (platform_id, merchant_id) do nothing;
  update reviews_merchantscore set
    product_sum = product_sum + step * which.stars,
    product_count = product_count + step,
    merchant_sum = merchant_sum + step * coalesce(which.merchant_stars, 0),
    merchant_count = merchant_count + step * (which.merchant_stars is not null)::integer,
    delivery_sum = delivery_sum + step * coalesce(which.delivery_stars, 0),
    delivery_count = delivery_count + step * (which.delivery_stars is not null)::integer
  where platform_id = which.platform_id and merchant_id = which.merchant_id;
end $$;

create function reviews_stars_changed() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' then
    perform reviews_count_stars(old, -1);
  end if;
  if tg_op <> 'DELETE' then
    perform reviews_count_stars(new, 1);
  end if;
  return null;
end $$;

create trigger stars_written after insert or delete on reviews_review
  for each row execute function reviews_stars_changed();
create trigger stars_changed after update of stars, merchant_stars, delivery_stars, state on reviews_review
  for each row when (
    (old.stars, old.merchant_stars, old.delivery_stars, old.state)
    is distinct from (new.stars, new.merchant_stars, new.delivery_stars, new.state)
  ) execute function reviews_stars_changed();
"""

_VOTES = """
-- The lower bound of Wilson's interval at 95 % (z = 1.96): E. B. Wilson, JASA 22 (1927), 209-212.
create function reviews_wilson(helpful bigint, unhelpful bigint) returns float8 language sql immutable as $$
  select case when helpful + unhelpful = 0 then 0 else (
    share + 3.8416 / (2 * votes) - 1.96 * sqrt((share * (1 - share) + 3.8416 / (4 * votes)) / votes)
  ) / (1 + 3.8416 / votes) end
  from (select (helpful + unhelpful)::float8 votes, helpful::float8 / nullif(helpful + unhelpful, 0) share) v
$$;

create function reviews_count_vote(which reviews_vote, step integer) returns void language plpgsql as $$
declare
  up integer := step * which.is_helpful::integer;
  down integer := step * (not which.is_helpful)::integer;
begin
  update reviews_review set helpful = helpful + up, unhelpful = unhelpful + down,
    helpful_rank = reviews_wilson(helpful + up, unhelpful + down) where id = which.review_id;
  update reviews_answer set helpful = helpful + up, unhelpful = unhelpful + down,
    helpful_rank = reviews_wilson(helpful + up, unhelpful + down) where id = which.answer_id;
end $$;

create function reviews_votes_changed() returns trigger language plpgsql as $$
begin
  -- First what was, then what is: a count never falls below nought on the way.
  if tg_op = 'UPDATE' and old.is_helpful = new.is_helpful then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    perform reviews_count_vote(old, -1);
  end if;
  if tg_op <> 'DELETE' then
    perform reviews_count_vote(new, 1);
  end if;
  return null;
end $$;

create trigger votes_changed after insert or update or delete on reviews_vote
  for each row execute function reviews_votes_changed();
"""

_SO_FAR = """
insert into reviews_merchantscore (
  platform_id, merchant_id, product_sum, product_count, merchant_sum, merchant_count, delivery_sum, delivery_count
)
select platform_id, merchant_id, sum(stars), count(*), 0, 0, coalesce(sum(delivery_stars), 0), count(delivery_stars)
from reviews_review group by 1, 2
"""

_UNDO = """
drop trigger votes_changed on reviews_vote;
drop trigger stars_changed on reviews_review;
drop trigger stars_written on reviews_review;
drop function reviews_votes_changed();
drop function reviews_count_vote(reviews_vote, integer);
drop function reviews_wilson(bigint, bigint);
drop function reviews_stars_changed();
drop function reviews_count_stars(reviews_review, integer);
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_what_shoppers_say")]

    operations = [
        migrations.RunSQL(_SO_FAR, migrations.RunSQL.noop),
        migrations.RunSQL(_STARS + _VOTES, _UNDO),
    ]
